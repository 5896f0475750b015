#include "base/error.h"
#include "cli/inspection.h"
#include "cli/message.h"
#include "model/recipe_json.h"

#include <string.h>

enum { LABELS_SHOWN = 5 };

void ptrun_inspection_put_line(ptrun_buf *out, const char *name, const char *value)
{
    if (!value || !*value) return;
    ptrun_buf_printf(out, "%-12s ", name);
    ptrun_message_escape(out, value, strlen(value));
    ptrun_buf_putc(out, '\n');
}

/* The line's text is used up. */
static void put_text(ptrun_buf *out, const char *name, ptrun_buf *text)
{
    out->failed |= text->failed;
    ptrun_inspection_put_line(out, name, ptrun_buf_text(text));
    ptrun_buf_clear(text);
}

/* "368,724" */
static void put_grouped(ptrun_buf *out, int64_t number)
{
    if (number >= 1000) {
        put_grouped(out, number / 1000);
        ptrun_buf_printf(out, ",%03d", (int)(number % 1000));
    } else {
        ptrun_buf_printf(out, "%d", (int)number);
    }
}

static void put_archive(ptrun_buf *out, ptrun_buf *line, const ptrun_inspection *in)
{
    const ptrun_inventory *inventory = &in->inventory;
    ptrun_buf_puts(line, "TorchScript archive");
    if (in->facts.format) ptrun_buf_printf(line, ", format %lld", (long long)in->facts.format);
    if (inventory->byteorder[0]) ptrun_buf_printf(line, ", %s-endian", inventory->byteorder);
    if (in->facts.mobile) ptrun_buf_puts(line, ", with mobile bytecode");
    put_text(out, "kind", line);
    ptrun_buf_printf(line, "%zu, ", ptrun_model_file_count(in->file));
    if (inventory->n_damaged == 0) ptrun_buf_puts(line, "every CRC-32 right");
    else ptrun_buf_printf(line, "%zu damaged", inventory->n_damaged);
    put_text(out, "records", line);
    for (size_t i = 0; i < ptrun_model_file_count(in->file) && inventory->n_damaged; i++)
        if (!inventory->whole[i])
            ptrun_inspection_put_line(out, "  damaged", ptrun_model_file_record(in->file, i)->name);
}

static void put_facts(ptrun_buf *out, ptrun_buf *line, const ptrun_model_facts *facts)
{
    ptrun_buf_puts(line, facts->class_name ? facts->class_name : "");
    if (facts->training) ptrun_buf_puts(line, ", saved in training mode");
    put_text(out, "class", line);
    ptrun_inspection_put_line(out, "forward", facts->signature);
    for (size_t i = 0; i < facts->n_totals; i++) {
        const ptrun_tensor_total *total = &facts->totals[i];
        put_grouped(line, total->elements);
        ptrun_buf_printf(line, " %s in %zu %s%s, ", total->dtype, total->tensors,
                         ptrun_tensor_role_name(total->role), total->tensors == 1 ? "" : "s");
        put_grouped(line, total->bytes);
        ptrun_buf_puts(line, " bytes");
        put_text(out, i ? "" : "tensors", line);
    }
}

/* Where tensors were when they were saved, unless that is the CPU; and what the code names. */
static void put_devices(ptrun_buf *out, ptrun_buf *line, const ptrun_inspection *in)
{
    for (size_t i = 0; i < in->facts.n_tensors; i++) {
        const char *device = in->facts.tensors[i].device;
        if (strcmp(device, "cpu") == 0) continue;
        ptrun_buf_printf(line, "tensors were saved on %s; ", device);
        break;
    }
    for (size_t i = 0; i < in->inventory.n_devices; i++)
        ptrun_buf_printf(line, "%sthe code names %s (%zu place%s)", i ? ", " : "",
                         in->inventory.devices[i].name, in->inventory.devices[i].count,
                         in->inventory.devices[i].count == 1 ? "" : "s");
    put_text(out, "devices", line);
}

static void put_origin(ptrun_buf *out, ptrun_buf *line, const ptrun_inspection *in)
{
    for (size_t i = 0; ptrun_inspection_origin_key(i); i++) {
        const char *text = ptrun_inspection_origin(in, ptrun_inspection_origin_key(i));
        if (text)
            ptrun_buf_printf(line, "%s%s %s", line->length ? ", " : "", ptrun_inspection_origin_key(i), text);
    }
    put_text(out, "made from", line);
}

static void put_step(ptrun_buf *line, const ptrun_step *step)
{
    switch (step->kind) {
    case PTRUN_STEP_RESIZE:
        if (step->resize.shorter) ptrun_buf_printf(line, "resize shorter side to %d", step->resize.shorter);
        else ptrun_buf_printf(line, "resize to %d x %d", step->resize.height, step->resize.width);
        ptrun_buf_printf(line, " (%s)", ptrun_filter_name(step->resize.filter));
        break;
    case PTRUN_STEP_CENTER_CROP:
        ptrun_buf_printf(line, "centre crop %d x %d", step->crop.height, step->crop.width);
        break;
    case PTRUN_STEP_SCALE:
        ptrun_buf_printf(line, "%s by %g", step->scale.multiply ? "multiply" : "divide", step->scale.factor);
        break;
    case PTRUN_STEP_NORMALIZE:
        ptrun_buf_puts(line, "normalise mean");
        for (int i = 0; i < step->normalize.channels; i++)
            ptrun_buf_printf(line, " %g", (double)step->normalize.mean[i]);
        ptrun_buf_puts(line, " std");
        for (int i = 0; i < step->normalize.channels; i++)
            ptrun_buf_printf(line, " %g", (double)step->normalize.std[i]);
        break;
    }
}

static void put_labels(ptrun_buf *out, ptrun_buf *line, const ptrun_recipe_in_force *in_force)
{
    const ptrun_recipe *recipe = &in_force->recipe;
    if (recipe->n_labels == 0) return;
    ptrun_buf_printf(line, "%zu:", recipe->n_labels);
    for (size_t i = 0; i < recipe->n_labels && i < LABELS_SHOWN; i++)
        ptrun_buf_printf(line, "%s %s", i ? "," : "", recipe->labels[i] ? recipe->labels[i] : "-");
    ptrun_buf_printf(line, "%s [%s]", recipe->n_labels > LABELS_SHOWN ? ", …" : "",
                     in_force->source[PTRUN_RECIPE_LABELS]);
    put_text(out, "labels", line);
}

/* Behind each key its source in brackets. */
static void put_recipe(ptrun_buf *out, ptrun_buf *line, const ptrun_recipe_in_force *in_force)
{
    const ptrun_recipe *recipe = &in_force->recipe;
    ptrun_buf_puts(line, ptrun_color_name(recipe->color));
    if (recipe->has_shape)
        ptrun_buf_printf(line, " %d x %d x %d", recipe->shape[0], recipe->shape[1], recipe->shape[2]);
    ptrun_buf_printf(line, " [%s]", in_force->source[PTRUN_RECIPE_INPUT]);
    put_text(out, "input", line);
    for (int32_t i = 0; i < recipe->n_steps; i++) {
        if (i) ptrun_buf_puts(line, "; ");
        put_step(line, &recipe->steps[i]);
    }
    ptrun_buf_printf(line, " [%s]", in_force->source[PTRUN_RECIPE_STEPS]);
    put_text(out, "steps", line);
    if (recipe->activation != PTRUN_ACTIVATION_UNSET)
        ptrun_buf_printf(line, "%s [%s]", ptrun_activation_name(recipe->activation),
                         in_force->source[PTRUN_RECIPE_OUTPUT]);
    put_text(out, "activation", line);
    if (recipe->apply_orientation)
        ptrun_buf_printf(line, "applied [%s]", in_force->source[PTRUN_RECIPE_ORIENTATION]);
    put_text(out, "EXIF", line);
    put_labels(out, line, in_force);
}

static void put_goldens(ptrun_buf *out, ptrun_buf *line, const ptrun_recording *goldens)
{
    const ptrun_recorded_with *with = &goldens->with;
    if (goldens->count == 0) ptrun_buf_puts(line, "none: ptrun verify has nothing to replay");
    else ptrun_buf_printf(line, "%zu images", goldens->count);
    if (with->torch) ptrun_buf_printf(line, ", by torch %s", with->torch);
    if (with->pillow) ptrun_buf_printf(line, ", pillow %s", with->pillow);
    put_text(out, "goldens", line);
}

static void put_tensors(ptrun_buf *out, ptrun_buf *line, const ptrun_model_facts *facts)
{
    for (size_t i = 0; i < facts->n_tensors; i++) {
        const ptrun_model_tensor *tensor = &facts->tensors[i];
        ptrun_buf_printf(line, "%s %s %s (", ptrun_tensor_role_name(tensor->role), tensor->name,
                         tensor->dtype);
        for (int32_t d = 0; d < tensor->rank; d++)
            ptrun_buf_printf(line, "%s%lld", d ? ", " : "", (long long)tensor->dims[d]);
        ptrun_buf_printf(line, ") on %s", tensor->device);
        put_text(out, "  tensor", line);
    }
}

static void put_records(ptrun_buf *out, ptrun_buf *line, const ptrun_inspection *in)
{
    for (size_t i = 0; i < ptrun_model_file_count(in->file); i++) {
        const ptrun_model_record *record = ptrun_model_file_record(in->file, i);
        ptrun_buf_printf(line, "%s, %llu bytes, CRC-32 %08x%s", record->name,
                         (unsigned long long)record->size, (unsigned)record->crc,
                         in->inventory.whole[i] ? "" : " wrong");
        put_text(out, "  record", line);
    }
}

void ptrun_inspection_put_table(ptrun_buf *out, const ptrun_inspection *in, bool verbose)
{
    ptrun_buf line = {0};
    ptrun_inspection_put_line(out, "file", in->path);
    if (in->readable) {
        put_grouped(&line, (int64_t)in->size);
        ptrun_buf_puts(&line, " bytes");
        put_text(out, "size", &line);
        ptrun_inspection_put_line(out, "SHA-256", in->sha256);
    }
    if (in->file) {
        put_archive(out, &line, in);
        if (in->has_facts) put_facts(out, &line, &in->facts);
        put_devices(out, &line, in);
        put_origin(out, &line, in);
        if (in->has_recipe) put_recipe(out, &line, &in->recipe);
        put_goldens(out, &line, &in->goldens);
        if (verbose) put_tensors(out, &line, &in->facts);
        if (verbose) put_records(out, &line, in);
    }
    ptrun_buf_release(&line);
}
