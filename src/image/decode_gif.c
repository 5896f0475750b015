/* GIF: the first frame. giflib reads the blocks and undoes the LZW; how the frame becomes a picture is
 * Pillow 13.0's GifImagePlugin.py, which differs from what browsers show: the background colour is
 * ignored, transparent pixels show their colour, and a frame beyond the canvas enlarges it. */
#include "image/decoder.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#include <gif_lib.h>

enum { SIGNATURE_SIZE = 6, COMMENT = 0xFE, GRAPHIC_CONTROL = 0xF9 };

/* Where giflib reads from. Of the pixels it gets whole blocks only, as Pillow's decoder does: one that is
 * cut off is replaced by the end mark, which matters to giflib only where pixels are still missing. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    bool in_pixels;
    bool in_block; /* its size has been read, its content is next */
    bool cut;      /* an end mark was made up */
} reader;

bool ptrun_gif_matches(const uint8_t *bytes, size_t size)
{
    return ptrun_decoder_begins(bytes, size, "GIF87a", SIGNATURE_SIZE) ||
           ptrun_decoder_begins(bytes, size, "GIF89a", SIGNATURE_SIZE);
}

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const char *ptrun_gif_version(void)
{
    return "giflib " TEXT(GIFLIB_MAJOR) "." TEXT(GIFLIB_MINOR) "." TEXT(GIFLIB_RELEASE);
}

static int read_bytes(reader *from, GifByteType *to, int count)
{
    size_t left = from->size - from->at, size = (size_t)count < left ? (size_t)count : left;
    memcpy(to, from->bytes + from->at, size);
    from->at += size;
    return (int)size;
}

static int on_read(GifFileType *gif, GifByteType *to, int count)
{
    reader *from = gif->UserData;
    bool is_size = from->in_pixels && !from->in_block;
    from->in_block = false;
    if (!is_size) return read_bytes(from, to, count);
    size_t left = from->size - from->at;
    from->cut = left == 0 || left - 1 < from->bytes[from->at];
    *to = 0;
    if (!from->cut) read_bytes(from, to, 1);
    from->in_block = *to > 0;
    return 1;
}

static ptrun_status fail(const GifFileType *gif, ptrun_error *err)
{
    const reader *from = gif->UserData;
    const char *message = GifErrorString(gif->Error);
    if (gif->Error == D_GIF_ERR_NOT_ENOUGH_MEM) return ptrun_fail_memory(err, "decoding a GIF");
    if (from->cut || gif->Error == D_GIF_ERR_READ_FAILED)
        return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends");
    return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "%s", message ? message : "damaged data");
}

/* One extension; *transparent becomes the index that a graphic control extension names. */
static ptrun_status read_extension(GifFileType *gif, int *transparent, ptrun_error *err)
{
    int label;
    GifByteType *block; /* its first byte is its size; NULL at the end */
    if (DGifGetExtension(gif, &label, &block) != GIF_OK) return fail(gif, err);
    if (label == GRAPHIC_CONTROL && block) {
        if (block[0] < 3 || (block[1] & 1 && block[0] < 4))
            return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a graphic control extension of %d bytes", block[0]);
        if (block[1] & 1) *transparent = block[4];
    }
    /* Pillow looks for more blocks even behind an empty extension, unless it is a comment. */
    if (label == COMMENT && !block) return PTRUN_OK;
    do {
        if (DGifGetExtensionNext(gif, &block) != GIF_OK) return fail(gif, err);
    } while (block);
    return PTRUN_OK;
}

/* Up to the first frame, whose description is then in gif->Image. */
static ptrun_status find_frame(GifFileType *gif, int *transparent, ptrun_error *err)
{
    for (;;) {
        GifRecordType record;
        int found = DGifGetRecordType(gif, &record);
        if (found != GIF_OK) {
            if (gif->Error == D_GIF_ERR_WRONG_RECORD) continue; /* stray bytes between blocks */
            return fail(gif, err);
        }
        if (record == TERMINATE_RECORD_TYPE) return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "no picture");
        if (record == IMAGE_DESC_RECORD_TYPE) break;
        ptrun_status status = read_extension(gif, transparent, err);
        if (status != PTRUN_OK) return status;
    }
    return DGifGetImageDesc(gif) == GIF_OK ? PTRUN_OK : fail(gif, err);
}

/* A palette that only counts (0, 0, 0), (1, 1, 1), … is none to Pillow. */
static bool is_palette(const ColorMapObject *map)
{
    for (int i = 0; map && i < map->ColorCount; i++) {
        const GifColorType *c = &map->Colors[i];
        if (c->Red != i || c->Green != i || c->Blue != i) return true;
    }
    return false;
}

/* The frame's palette, else the file's; black beyond it; without any, indices are grey levels. */
static void make_colors(const GifFileType *gif, uint8_t colors[256][3])
{
    const ColorMapObject *map = is_palette(gif->Image.ColorMap) ? gif->Image.ColorMap : gif->SColorMap;
    bool gray = !is_palette(map);
    for (int i = 0; i < 256; i++) memset(colors[i], gray ? i : 0, 3);
    for (int i = 0; !gray && i < map->ColorCount && i < 256; i++) {
        colors[i][0] = map->Colors[i].Red;
        colors[i][1] = map->Colors[i].Green;
        colors[i][2] = map->Colors[i].Blue;
    }
}

static void fill(ptrun_image *image, const uint8_t color[3])
{
    size_t count = (size_t)image->width * (size_t)image->height;
    for (size_t i = 0; i < count; i++) memcpy(image->pixels + 3 * i, color, 3);
}

typedef struct {
    int first, step;
} pass;

static ptrun_status read_pass(GifFileType *gif, pass rows, uint8_t colors[256][3], GifPixelType *row,
                              ptrun_image *image, ptrun_error *err)
{
    const GifImageDesc *frame = &gif->Image;
    for (int y = rows.first; y < frame->Height; y += rows.step) {
        if (DGifGetLine(gif, row, frame->Width) != GIF_OK) {
            ptrun_status status = fail(gif, err);
            ptrun_error_prefix(err, "row %d of %d: ", y + 1, frame->Height);
            return status;
        }
        size_t start = (size_t)(frame->Top + y) * (size_t)image->width + (size_t)frame->Left;
        uint8_t *to = image->pixels + 3 * start;
        for (int x = 0; x < frame->Width; x++, to += 3) memcpy(to, colors[row[x]], 3);
    }
    return PTRUN_OK;
}

static ptrun_status read_rows(GifFileType *gif, uint8_t colors[256][3], ptrun_image *image, ptrun_error *err)
{
    static const pass whole[] = {{0, 1}}, interlaced[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
    bool in_passes = gif->Image.Interlace;
    GifPixelType *row = ptrun_mem_alloc((size_t)gif->Image.Width, 1);
    if (!row) return ptrun_fail_memory(err, "decoding a GIF");
    ptrun_status status = PTRUN_OK;
    for (int i = 0; i < (in_passes ? 4 : 1) && status == PTRUN_OK; i++)
        status = read_pass(gif, in_passes ? interlaced[i] : whole[i], colors, row, image, err);
    free(row);
    return status;
}

static ptrun_status decode(GifFileType *gif, reader *from, int64_t max_pixels, ptrun_image *image,
                           ptrun_image_info *info, ptrun_error *err)
{
    int transparent = 0; /* the index that the canvas is filled with */
    ptrun_status status = find_frame(gif, &transparent, err);
    if (status != PTRUN_OK) return status;
    const GifImageDesc *frame = &gif->Image;
    int right = frame->Left + frame->Width, bottom = frame->Top + frame->Height;
    if (frame->Width == 0 || frame->Height == 0)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a frame of %d x %d pixels", frame->Width, frame->Height);
    status = ptrun_decoder_begin(right > gif->SWidth ? right : gif->SWidth,
                                 bottom > gif->SHeight ? bottom : gif->SHeight, max_pixels, image, info, err);
    if (status != PTRUN_OK) return status;
    uint8_t colors[256][3];
    make_colors(gif, colors);
    if (frame->Width < image->width || frame->Height < image->height) fill(image, colors[transparent]);
    from->in_pixels = true;
    return read_rows(gif, colors, image, err);
}

ptrun_status ptrun_gif_decode(const uint8_t *bytes, size_t size, int64_t max_pixels, ptrun_image *image,
                              ptrun_image_info *info, ptrun_error *err)
{
    reader from = {.bytes = bytes, .size = size};
    int code = 0;
    GifFileType *gif = DGifOpen(&from, on_read, &code);
    if (!gif) {
        GifFileType failed = {.Error = code, .UserData = &from};
        return fail(&failed, err);
    }
    ptrun_status status = decode(gif, &from, max_pixels, image, info, err);
    (void)DGifCloseFile(gif, &code);
    return status;
}
