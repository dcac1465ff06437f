internal import CLinux

/// Has large pieces of memory given back as soon as they are free.
///
/// Without it the C library takes them from heaps that short-lived reports are strewn over, one for
/// each thread, and a log of 100,000 segments keeps twice the memory that it needs. For a program,
/// before it starts its first thread.
public func returnLargeMemory() {
  wl_return_large_memory(1 << 20, 2)
}
