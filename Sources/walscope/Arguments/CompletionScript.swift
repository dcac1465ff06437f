import LogFormats

/// Completion scripts for shells, made of the table of verbs.
enum CompletionScript {
  static func script(for shell: String) -> String {
    switch shell {
    case "bash": bash
    case "zsh": zsh
    default: fish
    }
  }

  private static var verbWords: String { Verb.allCases.map(\.rawValue).joined(separator: " ") }
  private static var formatWords: [String] { FormatRegistry.formats.map(\.name) }

  /// Words that may follow an option or stand for an operand, nil where files are meant.
  private static func words(_ value: ValueSyntax) -> [String]? {
    switch value {
    case .choice(let words, _): words
    case .format: formatWords
    case .count, .size, .text: []
    case .file, .directory: nil
    }
  }

  private static func words(_ operand: OperandSyntax) -> [String]? {
    switch operand.kind {
    case .choice(let words): words
    case .format: formatWords
    case .text: []
    case .path: nil
    }
  }

  private static var all: [VerbSyntax] { CommandTable.all }

  /// Words by which a shell's `case` finds the syntax: `check`, `lab prepare`.
  private static func label(_ syntax: VerbSyntax) -> String {
    syntax.words.joined(separator: " ")
  }

  private static var subcommandWords: String {
    CommandTable.subcommands.map { label($0).replacing(" ", with: "/") }.joined(separator: " ")
  }

  /// All options with a value, each once: an option means the same everywhere.
  private static var valued: [OptionSyntax] {
    var seen: Set<OptionName> = []
    return all.flatMap(\.options).filter { $0.value != nil && seen.insert($0.name).inserted }
  }

  // MARK: bash

  private static var bash: String {
    var script = """
      # bash completion for walscope
      _walscope() {
        local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
        local verb="" word options="" operands="" files=""
        COMPREPLY=()
        # An equals sign is a word of its own here.
        if [[ "$current" == "=" ]]; then
          current=""
        elif [[ "$previous" == "=" ]]; then
          previous="${COMP_WORDS[COMP_CWORD-2]}"
        fi
        case "$previous" in

      """
    for option in valued {
      guard let value = option.value else { continue }
      let reply =
        words(value).map {
          "COMPREPLY=($(compgen -W '\($0.joined(separator: " "))' -- \"$current\"))"
        }
        ?? "COMPREPLY=($(compgen -f -- \"$current\"))"
      script += "    --\(option.name.rawValue)) \(reply); return ;;\n"
    }
    script += """
        esac
        for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
          case " \(verbWords) " in
            *" $word "*) [[ -z "$verb" ]] && verb="$word" && continue ;;
          esac
          case " \(subcommandWords) " in
            *" $verb/$word "*) verb="$verb $word"; break ;;
          esac
        done
        case "$verb" in

      """
    for syntax in all {
      let options = syntax.options.map { "--\($0.name.rawValue)" }.joined(separator: " ")
      let operands =
        syntax.operands.compactMap(words).flatMap { $0 }
        + (syntax.verb == nil ? Verb.allCases.map(\.rawValue) : [])
      let files = syntax.operands.contains { $0.kind == .path } ? "yes" : ""
      script +=
        "    '\(label(syntax))') options='\(options)' operands='\(operands.joined(separator: " "))' files='\(files)' ;;\n"
    }
    script += """
        esac
        if [[ "$current" == -* ]]; then
          COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
          COMPREPLY=($(compgen -W "$operands" -- "$current"))
          if [[ -n "$files" ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
        fi
      }
      complete -o filenames -F _walscope walscope

      """
    return script
  }

  // MARK: zsh

  private static var zsh: String {
    var script = """
      #compdef walscope
      _walscope() {
        local verb="" word
        for word in "${(@)words[2,CURRENT-1]}"; do
          case "$word" in
            \(Verb.allCases.map(\.rawValue).joined(separator: "|"))) [[ -z "$verb" ]] && verb="$word" && continue ;;
          esac
          case " \(subcommandWords) " in
            *" $verb/$word "*) verb="$verb $word"; break ;;
          esac
        done
        case "$verb" in

      """
    for syntax in all {
      script += "    '\(label(syntax))') _arguments -S"
      for option in syntax.options { script += " \\\n      \(zshOption(option))" }
      script += " \\\n      '*:\(zshOperand(syntax))' ;;\n"
    }
    return script + "  esac\n}\n_walscope \"$@\"\n"
  }

  private static func zshOption(_ option: OptionSyntax) -> String {
    let repeated = option.isRepeatable ? "*" : ""
    let help = zshText(option.help)
    guard let value = option.value else { return "'\(repeated)--\(option.name.rawValue)[\(help)]'" }
    let action = words(value).map { $0.isEmpty ? "" : "(\($0.joined(separator: " ")))" } ?? "_files"
    return
      "'\(repeated)--\(option.name.rawValue)=[\(help)]:\(zshText(value.placeholder)):\(action)'"
  }

  private static func zshOperand(_ syntax: VerbSyntax) -> String {
    var choices = syntax.operands.compactMap(words).flatMap { $0 }
    if syntax.verb == nil { choices = Verb.allCases.map(\.rawValue) }
    let hasFiles = syntax.operands.contains { $0.kind == .path }
    if choices.isEmpty { return hasFiles ? "path:_files" : "nothing:" }
    let list = choices.joined(separator: " ")
    return hasFiles ? "word or path:{compadd \(list); _files}" : "word:(\(list))"
  }

  /// Text within a single-quoted word of zsh's `_arguments`.
  private static func zshText(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "'": result += "'\\''"
      case "[", "]", ":", "\\": result += "\\\(character)"
      default: result.append(character)
      }
    }
  }

  // MARK: fish

  private static var fish: String {
    var script = "# fish completion for walscope\n"
    let none = "not __fish_seen_subcommand_from \(verbWords)"
    for syntax in CommandTable.verbs {
      guard let verb = syntax.verb else { continue }
      script +=
        "complete -c walscope -n '\(none)' -a \(verb.rawValue) -d '\(fishText(syntax.summary))'\n"
    }
    for syntax in all {
      let condition =
        syntax.words.isEmpty
        ? none
        : syntax.words.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
      for option in syntax.options { script += fishOption(option, condition) }
      guard let choices = syntax.operands.compactMap(words).first, syntax.verb != nil else {
        continue
      }
      let isFile = syntax.operands.contains { $0.kind == .path }
      script +=
        "complete -c walscope -n '\(condition)' \(isFile ? "" : "-f ")-a '\(choices.joined(separator: " "))'\n"
    }
    return script
  }

  private static func fishOption(_ option: OptionSyntax, _ condition: String) -> String {
    var line = "complete -c walscope -n '\(condition)' -l \(option.name.rawValue)"
    if let letter = option.letter { line += " -s \(letter)" }
    if let value = option.value {
      line +=
        words(value).map { $0.isEmpty ? " -x" : " -x -a '\($0.joined(separator: " "))'" }
        ?? " -r -F"
    }
    return line + " -d '\(fishText(option.help))'\n"
  }

  private static func fishText(_ text: String) -> String {
    text.reduce(into: "") { $0 += $1 == "'" || $1 == "\\" ? "\\\($1)" : String($1) }
  }
}
