// Which single flipped bit explains a difference between two checksums: the difference is then a
// power of x, and its exponent tells the place. Each exponent is a multiple of a step and less than
// a step more; the powers below a step are in a table, and the difference is divided by one step
// after the other until it is one of them.

#include "CChecksum.h"
#include "crc32c_polynomials.h"

#include <pthread.h>

enum { step_bits = 12, step = 1 << step_bits, slot_bits = step_bits + 1, slots = 1 << slot_bits };

// Contributions of the last bits of a message, found by their value; zero is none of them.
static struct {
  uint32_t contribution;
  uint32_t distance;
} known[slots];
static uint32_t step_back;
static pthread_once_t contributions_made = PTHREAD_ONCE_INIT;

static uint32_t slot_of(uint32_t contribution) {
  return contribution * 0x9E3779B1u >> (32 - slot_bits);
}

static void make_contributions(void) {
  // The last bit of the message contributes x^32, each one before it a factor x more.
  uint32_t contribution = WL_CRC32C_POLYNOMIAL, back = WL_CRC32C_ONE;
  for (uint32_t distance = 0; distance < step; distance++) {
    uint32_t slot = slot_of(contribution);
    while (known[slot].contribution != 0) slot = (slot + 1) % slots;
    known[slot].contribution = contribution;
    known[slot].distance = distance;
    contribution = times_x(contribution);
    back = divided_by_x(back);
  }
  step_back = factor(back);
}

int64_t wl_crc32c_flipped_bit(uint32_t difference, size_t length) {
  pthread_once(&contributions_made, make_contributions);
  size_t bits = 8 * length;
  for (size_t before = 0; before < bits; before += step) {
    uint32_t slot = slot_of(difference);
    for (; known[slot].contribution != 0; slot = (slot + 1) % slots) {
      if (known[slot].contribution != difference) continue;
      size_t distance = before + known[slot].distance;
      if (distance >= bits) return -1;
      size_t byte = length - 1 - distance / 8;
      return (int64_t)(8 * byte + (7 - distance % 8));
    }
    difference = multiply(difference, step_back);
  }
  return -1;
}
