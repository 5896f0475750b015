/* The orientation that a file asks for. */
#ifndef PTRUN_IMAGE_EXIF_H
#define PTRUN_IMAGE_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* 1..8 as ImageOps.exif_transpose sees it: the first usable entry 0x0112 of the EXIF block's first
 * directory, else `tiff:Orientation` in XMP; 1 where neither says so or what is said is no orientation
 * (Pillow 13.0, Image.getexif and TiffImagePlugin.ImageFileDirectory_v2.load). `exif` is a TIFF
 * structure with or without "Exif\0\0" in front; either block may be NULL. */
int32_t ptrun_exif_orientation(const uint8_t *exif, size_t exif_size, const uint8_t *xmp, size_t xmp_size);

#endif
