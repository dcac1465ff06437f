import LogFiles
import LogInspection
import Testing

@testable import walscope

@Suite struct ArgumentParserTests {
  private func parse(_ words: String...) throws(UsageError) -> ParsedCommand {
    try ArgumentParser.parse(words.map { FileName($0) })
  }

  private func failure(_ words: String...) -> UsageError? {
    do throws(UsageError) {
      _ = try ArgumentParser.parse(words.map { FileName($0) })
      return nil
    } catch {
      return error
    }
  }

  @Test func `Without a verb the word is a path`() throws {
    let command = try parse("some/where")
    #expect(command.verb == nil)
    #expect(command.operands == [FileName("some/where")])
  }

  @Test func `A value may stand behind a blank or an equals sign`() throws {
    #expect(try parse("check", "--format", "raw", "x").text(.format) == "raw")
    #expect(try parse("check", "--format=raw", "x").text(.format) == "raw")
    #expect(try parse("dump", "--grep=a=b", "x").text(.grep) == "a=b")
  }

  @Test func `Options may stand before the verb, and a value is not taken for the verb`() throws {
    let command = try parse("--format", "check", "ls", "x")
    #expect(command.verb == .ls)
    #expect(command.text(.format) == "check")
    #expect(try parse("--json", "check", "x").has(.json))
  }

  @Test func `The word behind a verb that does several things decides about the options`() throws {
    let command = try parse("--json", "lab", "--rounds", "3", "prepare", "--csv", "x")
    #expect(command.verb == .lab && command.subcommand == "prepare")
    #expect(command.operands == [FileName("x")])
    #expect(command.count(.rounds) == 3 && command.has(.csv))
    #expect(failure("lab", "prepar")?.hint == "did you mean walscope lab prepare?")
    #expect(try parse("lab").subcommand == nil)
    #expect(
      failure("lab", "prepare", "--grep", "x")?.message
        == "walscope lab prepare has no option --grep")
  }

  @Test func `Behind two dashes everything is a path`() throws {
    let command = try parse("check", "--", "--json", "-x")
    #expect(command.operands == [FileName("--json"), FileName("-x")])
    #expect(!command.has(.json))
    #expect(try parse("--", "check").operands == [FileName("check")])
  }

  @Test func `A path need not be UTF-8`() throws {
    let path = FileName([0x2F, 0xFF, 0x0A])
    #expect(try ArgumentParser.parse([FileName("check"), path]).operands == [path])
  }

  @Test func `An unknown option names the nearest one`() {
    #expect(failure("check", "--jsno", "x")?.hint == "did you mean --json?")
    #expect(failure("check", "--quite", "x")?.hint == "did you mean --quiet?")
    #expect(failure("check", "--zzzzzzzz", "x")?.hint == "`walscope check --help` lists them")
  }

  @Test func `An option of another verb is refused`() {
    #expect(failure("ls", "--grep", "x", "y")?.message == "walscope ls has no option --grep")
  }

  @Test func `A missing or a superfluous value is told`() {
    #expect(failure("check", "x", "--format")?.hint == "write --format NAME")
    #expect(failure("check", "--json=yes", "x")?.message == "--json takes no value")
    #expect(failure("check", "--color", "pink", "x")?.hint == "write --color auto|always|never")
    #expect(failure("check", "--threads", "0", "x") != nil)
    #expect(failure("check", "--threads", "-1", "x") != nil)
    #expect(failure("check", "--format", "a", "--format", "b", "x")?.hint == "give it once")
  }

  @Test func `Too few or too many words are told with the usage`() {
    #expect(failure("check")?.message == "PATH is missing")
    #expect(failure("dump", "a", "b")?.message == "one word too many: b")
    #expect(failure("completions", "bsh")?.hint == "did you mean bash?")
  }

  @Test func `Help needs no operands`() throws {
    #expect(try parse("check", "--help").has(.help))
    #expect(try parse("check", "-h").has(.help))
  }

  @Test(arguments: [
    ("4096", RecordPlace.Position.offset(4096)), ("0x1000", .offset(4096)),
    ("record:12", .record(12)), ("0", .offset(0)),
  ])
  func `A place is an offset or a record`(text: String, position: RecordPlace.Position) {
    #expect(RecordPlace(FileName(text))?.position == position)
    let named = RecordPlace(FileName("a@b.wal@" + text))
    #expect(named?.position == position)
    #expect(named?.segment == FileName("a@b.wal"))
  }

  @Test(arguments: ["", "-1", "+1", "0x", "0xg", "record:", "record:-1", "12a", "@", "x@"])
  func `Anything else is no place`(text: String) {
    #expect(RecordPlace(FileName(text)) == nil)
  }

  @Test(arguments: [("0", 0), ("64K", 65_536), ("8M", 8 << 20), ("2G", 2 << 30)])
  func `Sizes have letters`(text: String, bytes: UInt64) {
    #expect(ByteSize.parse(text) == bytes)
  }

  @Test(arguments: ["", "K", "-1", "1T", "99999999999G"])
  func `Other sizes are refused`(text: String) {
    #expect(ByteSize.parse(text) == nil)
  }
}
