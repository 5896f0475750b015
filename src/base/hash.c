#include "base/hash.h"

#include <nettle/sha2.h>
#include <nettle/version.h>
#include <zlib.h>

uint32_t ptrun_crc32(uint32_t crc, const void *bytes, size_t length)
{
    return length ? (uint32_t)crc32_z(crc, bytes, length) : crc; /* crc32_z(NULL) would start anew */
}

void ptrun_sha256(const void *bytes, size_t length, uint8_t digest[32])
{
    struct sha256_ctx context;
    sha256_init(&context);
    if (length) sha256_update(&context, length, bytes);
    sha256_digest(&context, 32, digest);
}

const char *ptrun_crc32_library(void)
{
    return zlibVersion();
}

#define TEXT_OF(number) #number
#define NETTLE_VERSION(major, minor) TEXT_OF(major) "." TEXT_OF(minor)

const char *ptrun_sha256_library(void)
{
    return NETTLE_VERSION(NETTLE_VERSION_MAJOR, NETTLE_VERSION_MINOR);
}
