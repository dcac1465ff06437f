internal import CLinux

/// Keeps files from being opened under the numbers of standard input, output and error.
///
/// A caller may have closed one of them. The next file that is opened would get its number, and what
/// is printed would go into that file: into a segment, while a plan is applied. What was closed
/// still cannot be read or written. For a program, before it opens anything.
///
/// - Returns: false when a closed one could not be kept from being taken.
public func holdStandardDescriptors() -> Bool {
  wl_hold_standard_descriptors() == 0
}
