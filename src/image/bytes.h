/* Numbers in file formats: unaligned, big-endian or little-endian. The caller has checked the bounds. */
#ifndef PTRUN_IMAGE_BYTES_H
#define PTRUN_IMAGE_BYTES_H

#include <stdint.h>

static inline uint32_t ptrun_be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t ptrun_be32(const uint8_t *p)
{
    return ptrun_be16(p) << 16 | ptrun_be16(p + 2);
}

static inline uint32_t ptrun_le16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static inline uint32_t ptrun_le32(const uint8_t *p)
{
    return ptrun_le16(p + 2) << 16 | ptrun_le16(p);
}

#endif
