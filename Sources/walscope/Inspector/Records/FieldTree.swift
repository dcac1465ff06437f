import LogFormats

/// The field tree of a record as the lines of a list: children follow their parent while it shows
/// them.
struct FieldTree: Sendable {
  /// A line of the tree.
  struct Node: Sendable {
    /// The names from the top, those that occur twice with their number; the same field of another
    /// record has the same path.
    let path: String
    let depth: Int
    let field: Field
    /// The line tells the checksum that was computed, below the one that is stored.
    let isComputed: Bool

    /// Whether there is something below to be shown or hidden.
    var isParent: Bool { !isComputed && !field.children.isEmpty }
  }

  /// The lines that are shown.
  private(set) var nodes: [Node] = []
  private var fields: [Field] = []
  /// Nodes that were opened or closed by hand, also those of other records.
  private var choices: [String: Bool] = [:]

  /// Takes the fields of another record; what was opened by hand stays open.
  mutating func show(_ description: RecordDescription?) {
    fields = description?.fields ?? []
    flatten()
  }

  /// Whether a line shows its children. At first only those at the top do.
  func isExpanded(_ node: Node) -> Bool { choices[node.path] ?? (node.depth == 0) }

  /// Shows or hides the children of a line.
  mutating func setExpanded(_ isExpanded: Bool, line: Int) {
    guard nodes.indices.contains(line), nodes[line].isParent else { return }
    choices[nodes[line].path] = isExpanded
    flatten()
  }

  /// The line of the parent, nil at the top.
  func parent(ofLine line: Int) -> Int? {
    guard nodes.indices.contains(line) else { return nil }
    return nodes[..<line].lastIndex { $0.depth < nodes[line].depth }
  }

  /// The line that shows the field with a path, or the nearest field above it that is shown.
  func line(ofPath path: String) -> Int? {
    if let exact = nodes.firstIndex(where: { $0.path == path }) { return exact }
    guard let slash = path.lastIndex(of: "/") else { return nil }
    return line(ofPath: String(path[..<slash]))
  }

  /// The line of the innermost shown field that owns a byte.
  func line(owning offset: UInt64) -> Int? {
    var found: Int?
    for (line, node) in nodes.enumerated()
    where !node.isComputed && node.field.range.contains(offset) {
      // The bits of a flags byte share its byte; the byte's own line owns it.
      if let found, nodes[found].field.range == node.field.range { continue }
      found = line
    }
    return found
  }

  /// The innermost field that owns a byte, shown or not.
  func leaf(owning offset: UInt64) -> Field? {
    fields.flatMap(\.leaves).first { $0.range.contains(offset) }
  }

  private mutating func flatten() {
    nodes = []
    append(fields, depth: 0, below: "")
  }

  private mutating func append(_ siblings: [Field], depth: Int, below parent: String) {
    var occurrences: [String: Int] = [:]
    for field in siblings {
      let count = occurrences[field.name, default: 0]
      occurrences[field.name] = count + 1
      let path = parent + (parent.isEmpty ? "" : "/") + field.name + (count > 0 ? "#\(count)" : "")
      let node = Node(path: path, depth: depth, field: field, isComputed: false)
      nodes.append(node)
      if field.computed != nil {
        nodes.append(Node(path: path + "/computed", depth: depth, field: field, isComputed: true))
      }
      if isExpanded(node) { append(field.children, depth: depth + 1, below: path) }
    }
  }
}
