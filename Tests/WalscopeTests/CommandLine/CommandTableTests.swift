import Foundation
import LogFormats
import TestSupport
import Testing

@testable import walscope

@Suite struct CommandTableTests {
  private let all = CommandTable.all

  @Test func `Every verb has its row, in the order of the words`() {
    #expect(CommandTable.verbs.map(\.verb) == Verb.allCases)
  }

  @Test func `An option means the same everywhere`() {
    var values: [OptionName: ValueSyntax?] = [:]
    for option in all.flatMap(\.options) {
      if let known = values[option.name] { #expect(known == option.value, "\(option.name)") }
      values[option.name] = option.value
    }
    #expect(Set(values.keys) == Set(OptionName.allCases))
  }

  @Test func `Every verb that prints results has JSON`() {
    for syntax in CommandTable.verbs + CommandTable.subcommands
    where ![.completions, .help].contains(syntax.verb) {
      #expect(syntax.option(.json) != nil, "\(syntax.usage)")
    }
  }

  @Test func `The help names every verb, every option and every exit status`() {
    for verb in Verb.allCases { #expect(HelpText.overview.contains("\n  \(verb.rawValue) ")) }
    for syntax in CommandTable.verbs + CommandTable.subcommands {
      let help = HelpText.help(for: syntax)
      for option in syntax.options { #expect(help.contains("--\(option.name.rawValue)")) }
      #expect(help.split(separator: "\n").allSatisfy { $0.count <= HelpText.width })
    }
    for status in ExitStatus.allCases {
      #expect(HelpText.overview.contains("\n  \(status.rawValue) "))
    }
  }

  @Test func `The manual names every verb and every option`() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../man/walscope.1").standardizedFileURL
    guard let text = try? String(contentsOf: page, encoding: .utf8) else {
      print("no manual page yet: \(page.path)")
      return
    }
    let plain = text.replacing("\\-", with: "-")
    for verb in Verb.allCases { #expect(plain.contains(verb.rawValue)) }
    for option in OptionName.allCases {
      #expect(plain.contains("--\(option.rawValue)"), "\(option)")
    }
  }

  @Test func `An option that wants a directory says so`() {
    for option in all.flatMap(\.options) where option.help.contains("the directory of") {
      #expect(option.usage.hasSuffix(" DIR"), "\(option.usage)")
    }
    #expect(HelpText.help(for: CommandTable.labPrepare).contains("--dir DIR"))
  }

  @Test func `A verb that does several things names each of them`() {
    let help = HelpText.help(for: CommandTable.lab)
    for syntax in CommandTable.subcommands {
      #expect(syntax.operands.first != nil && syntax.verb == .lab)
      #expect(help.contains("\n  \(syntax.subcommand ?? "-") "))
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `A shell takes its completion script`(shell: String) throws {
    let script = CompletionScript.script(for: shell)
    for verb in Verb.allCases { #expect(script.contains(verb.rawValue)) }
    for damage in LogDamage.allCases { #expect(script.contains(damage.rawValue)) }
    guard (try? ChildProcess.run(["which", shell]).status) == 0 else {
      print("\(shell) is not installed: its script is not checked")
      return
    }
    let directory = try TemporaryDirectory()
    let path = try directory.write(Array(script.utf8), to: "script")
    let (status, output) = try ChildProcess.run([
      shell, shell == "fish" ? "--no-execute" : "-n", path,
    ])
    #expect(status == 0, "\(output)")
  }

  @Test func `bash completes verbs, options, values and files`() throws {
    let directory = try TemporaryDirectory()
    let script = try directory.write(Array(CompletionScript.script(for: "bash").utf8), to: "script")
    try directory.write([], to: "some.wal")
    func complete(_ words: String...) throws -> String {
      let list = words.map { "'\($0)'" }.joined(separator: " ")
      return try ChildProcess.require([
        "bash", "-c",
        "cd '\(directory.path)'; source '\(script)'; COMP_WORDS=(walscope \(list));"
          + " COMP_CWORD=\(words.count); _walscope; echo \"${COMPREPLY[@]}\"",
      ]).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    #expect(try complete("che") == "check")
    #expect(try complete("check", "--qu") == "--quiet")
    #expect(try complete("check", "--color", "al") == "always")
    #expect(try complete("check", "--color", "=", "al") == "always")
    #expect(try complete("check", "--color", "=") == "auto always never")
    #expect(try complete("dump", "so") == "some.wal")
    #expect(try complete("make", "nor") == "nori-wal")
    #expect(try complete("lab", "prep") == "prepare")
    #expect(try complete("lab", "prepare", "--wa") == "--way")
    #expect(try complete("lab", "prepare", "--way", "rec") == "recycled")
  }
}
