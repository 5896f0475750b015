/* All samples together, and the same as JSON. */
#ifndef PTRUN_VERIFY_REPORT_H
#define PTRUN_VERIFY_REPORT_H

#include "verify/verify.h"
#include "json/write.h"

typedef struct ptrun_verify_totals {
    size_t samples, agreed;
    ptrun_stage first;        /* the earliest that differs in any sample; PTRUN_N_STAGES: none */
    size_t first_samples;     /* in which it is the first that differs */
    size_t with_logits;       /* samples whose logits were measured */
    double largest, relative; /* the worst of these; 0 where there are none */
    double cosine;            /* the least of these that means something; 1 where there are none */
    size_t with_top, same_best;
} ptrun_verify_totals;

ptrun_verify_totals ptrun_verify_total(const ptrun_sample_result *results, size_t count);

/* Members "recorded_with", "verified", "samples" (one entry each) and "summary". */
void ptrun_verify_write(ptrun_json_writer *w, const ptrun_recording *recording,
                        const ptrun_sample_result *results);

#endif
