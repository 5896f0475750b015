/* Writes JPEGs of kinds that Pillow cannot write. Each line of standard input is
 *   PATH WIDTH HEIGHT SEED COLOURS SAMPLING QUALITY RESTART FLAGS
 * COLOURS: grey, ycc, rgb, cmyk, ycck (as stored). SAMPLING: factors of each component ("2x1,1x1,1x1").
 * RESTART: interval in MCUs, 0 for none. FLAGS, any of: p progressive, a arithmetic, o optimised tables,
 * s a scan for each component, j no JFIF marker, d no Adobe marker; "-" for none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

typedef struct {
    char path[512], colors[8], sampling[64], flags[16];
    int width, height, quality, restart;
    unsigned seed;
} order;

/* Waves with some noise, and saturated stripes: smooth and hard parts for every channel. */
static void draw_row(const order *o, int y, int channels, unsigned *state, JSAMPLE *row)
{
    for (int x = 0; x < o->width; x++)
        for (int c = 0; c < channels; c++) {
            *state = *state * 1664525u + 1013904223u;
            int value = (x * (3 + c) + y * (5 - c) + (int)(o->seed % 97) * c) % 511;
            value = (value > 255 ? 510 - value : value) + (int)(*state >> 28) - 8;
            if ((x / 7 + y / 5) % 6 == c) value = value > 127 ? 255 : 0;
            row[x * channels + c] = (JSAMPLE)(value < 0 ? 0 : value > 255 ? 255 : value);
        }
}

static void set_scans(struct jpeg_compress_struct *cinfo, const char *flags)
{
    static jpeg_scan_info scans[4];
    if (strchr(flags, 'p')) jpeg_simple_progression(cinfo);
    if (!strchr(flags, 's')) return;
    for (int i = 0; i < cinfo->num_components; i++) {
        scans[i] = (jpeg_scan_info){.comps_in_scan = 1, .Se = 63};
        scans[i].component_index[0] = i;
    }
    cinfo->scan_info = scans;
    cinfo->num_scans = cinfo->num_components;
}

static void set_sampling(struct jpeg_compress_struct *cinfo, const char *sampling)
{
    for (int i = 0; i < cinfo->num_components && *sampling; i++) {
        cinfo->comp_info[i].h_samp_factor = sampling[0] - '0';
        cinfo->comp_info[i].v_samp_factor = sampling[2] - '0';
        sampling += sampling[3] ? 4 : 3;
    }
}

static int set_colors(struct jpeg_compress_struct *cinfo, const char *colors)
{
    static const struct {
        const char *name;
        int channels;
        J_COLOR_SPACE in, stored;
    } kinds[] = {{"grey", 1, JCS_GRAYSCALE, JCS_GRAYSCALE},
                 {"ycc", 3, JCS_RGB, JCS_YCbCr},
                 {"rgb", 3, JCS_RGB, JCS_RGB},
                 {"cmyk", 4, JCS_CMYK, JCS_CMYK},
                 {"ycck", 4, JCS_CMYK, JCS_YCCK}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(colors, kinds[i].name) != 0) continue;
        cinfo->input_components = kinds[i].channels;
        cinfo->in_color_space = kinds[i].in;
        jpeg_set_defaults(cinfo);
        jpeg_set_colorspace(cinfo, kinds[i].stored);
        return kinds[i].channels;
    }
    return 0;
}

static int make(const order *o)
{
    struct jpeg_error_mgr errors;
    struct jpeg_compress_struct cinfo = {.err = jpeg_std_error(&errors)};
    FILE *file = fopen(o->path, "wb");
    JSAMPLE *row = malloc((size_t)o->width * 4);
    if (!file || !row) return 1;
    jpeg_create_compress(&cinfo);
    jpeg_stdio_dest(&cinfo, file);
    cinfo.image_width = (JDIMENSION)o->width;
    cinfo.image_height = (JDIMENSION)o->height;
    int channels = set_colors(&cinfo, o->colors);
    if (!channels) return 1;
    jpeg_set_quality(&cinfo, o->quality, TRUE);
    set_sampling(&cinfo, o->sampling);
    cinfo.restart_interval = (unsigned)o->restart;
    cinfo.arith_code = strchr(o->flags, 'a') != NULL;
    cinfo.optimize_coding = !cinfo.arith_code && strchr(o->flags, 'o') != NULL;
    if (strchr(o->flags, 'j')) cinfo.write_JFIF_header = FALSE;
    if (strchr(o->flags, 'd')) cinfo.write_Adobe_marker = FALSE;
    set_scans(&cinfo, o->flags);
    jpeg_start_compress(&cinfo, TRUE);
    unsigned state = o->seed;
    for (int y = 0; y < o->height; y++) {
        draw_row(o, y, channels, &state, row);
        jpeg_write_scanlines(&cinfo, &row, 1);
    }
    jpeg_finish_compress(&cinfo);
    jpeg_destroy_compress(&cinfo);
    free(row);
    return fclose(file);
}

int main(void)
{
    order o;
    while (scanf("%511s %d %d %u %7s %63s %d %d %15s", o.path, &o.width, &o.height, &o.seed, o.colors,
                 o.sampling, &o.quality, &o.restart, o.flags) == 9)
        if (make(&o) != 0) return fprintf(stderr, "cannot make %s\n", o.path), 1;
    return 0;
}
