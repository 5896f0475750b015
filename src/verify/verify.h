/* Replays what Python made of an image, stage by stage, and says which stage differs first and by how much.
 */
#ifndef PTRUN_VERIFY_VERIFY_H
#define PTRUN_VERIFY_VERIFY_H

#include "pipeline/prepare.h"
#include "ptrun/engine.h"
#include "verify/compare.h"
#include "verify/recording.h"

typedef enum ptrun_outcome {
    PTRUN_OUTCOME_UNRECORDED, /* there is nothing to compare with */
    PTRUN_OUTCOME_AGREES,
    PTRUN_OUTCOME_DIFFERS,
    PTRUN_OUTCOME_UNREACHED, /* a stage before it failed */
} ptrun_outcome;

/* "none", "ok", "differs", "-". Static. */
const char *ptrun_outcome_name(ptrun_outcome outcome);

/* What is known of a sample's stage. `measured` where both sides' values were there: then `difference` holds.
 * `rank` and `dims` are those of now, to be held against the recorded ones where `reshaped`. */
typedef struct ptrun_stage_result {
    ptrun_outcome outcome;
    bool measured, reshaped;
    ptrun_difference difference;
    int32_t rank;
    int64_t dims[4];
} ptrun_stage_result;

typedef struct ptrun_sample_result {
    ptrun_stage_result stages[PTRUN_N_STAGES];
    ptrun_stage first; /* that differs; PTRUN_N_STAGES: none does */
    ptrun_error error; /* why the stage `first` gave nothing; PTRUN_OK where it gave something else */
    size_t n_top;      /* classes compared */
    size_t same_top;   /* of these, at the same rank */
    bool same_best;
} ptrun_sample_result;

/* Everything is borrowed. */
typedef struct ptrun_verifier {
    ptrun_preparer *preparer;
    const ptrun_engine_api *engine;
    ptrun_engine_model *model;
    double tolerance; /* relative to the largest recorded logit; 0: bit for bit */
    size_t top_k;
} ptrun_verifier;

/* Replay one sample of the recording. All stages are replayed, also after one that differs; what cannot be
 * done (an image that does not decode, a forward that fails) is the result of its stage. The order of the
 * best classes agrees where two classes that changed places were recorded within the tolerance of each other.
 * A failure is that of the recording (GOLDENS_INVALID, RECORDING_INVALID) or OUT_OF_MEMORY. One thread. */
PTRUN_MUST_USE ptrun_status ptrun_verify_sample(const ptrun_verifier *verifier,
                                                const ptrun_recording *recording,
                                                const ptrun_recorded_sample *sample, ptrun_sample_result *out,
                                                ptrun_error *err);

#endif
