/* Checksums, by zlib (CRC-32) and nettle (SHA-256). Any thread. */
#ifndef PTRUN_BASE_HASH_H
#define PTRUN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 as in PNG and ZIP (ISO 3309); start with crc = 0 and chain. */
uint32_t ptrun_crc32(uint32_t crc, const void *bytes, size_t length);

/* Versions of zlib and nettle. Static. */
const char *ptrun_crc32_library(void);
const char *ptrun_sha256_library(void);

void ptrun_sha256(const void *bytes, size_t length, uint8_t digest[32]);

#endif
