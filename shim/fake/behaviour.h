/* How the fake engine behaves, for tests: words separated by commas.
 *
 *   classes=N      number of outputs, 10 by default
 *   channels=N     the first weight asks for N channels; others are refused
 *   training       says that it was saved in training mode
 *   probabilities  the outputs are already a distribution (softmax)
 *   nan[=I] inf[=I]  the first output of image I (counted from 0 over all runs) is NaN, infinite; of all
 *   rows           returns one row more than images
 *   empty          returns rows without classes
 *   integers       says that the output was made of integers
 *   maps           says that the output was a map for each image
 *   combines       says that the program combines the images of a batch
 *   combines-from=I  from image I on, an image's outputs are others beside other images than alone
 *   fail[=I]       the forward that holds image I fails; every forward
 *   oom=N          out of memory for more than N images
 *   fixed-batch=N  fails for other than N images
 *   sleep-ms=N     each forward takes N milliseconds
 *   crash-load crash-run  a real fault: a write to address 16
 *   refuse         the model cannot be loaded
 *   variants       (environment only) there are variants to be prepared: "crash" crashes, "broken" cannot be prepared,
 *                  "late" fails in its second forward, "wrong" gives other logits, "near" and "fast" take a fifth and a
 *                  tenth of the time with logits that differ by rounding, "slow" four times as much
 *
 * Taken from the model's bytes after the marker "PTRUN_FAKE:" up to a newline or NUL, then from the
 * environment variable PTRUN_FAKE. An unknown word is an error, so that a test cannot pass by a slip. */
#ifndef PTRUN_FAKE_BEHAVIOUR_H
#define PTRUN_FAKE_BEHAVIOUR_H

#include <stddef.h>
#include <stdint.h>

enum { FAKE_NEVER = -2, FAKE_ALWAYS = -1 };

typedef struct fake_behaviour {
    int64_t classes, channels, oom, fixed_batch, sleep_ms;
    int64_t nan, inf, fail, combines_from; /* number of an image, FAKE_ALWAYS or FAKE_NEVER */
    int64_t integers, maps, combines; /* flags */
    int64_t training, probabilities, rows, empty, crash_load, crash_run, refuse, variants; /* flags */
} fake_behaviour;

/* The behaviour that `bytes` and the environment ask for. Returns 0, or -1 with the word that is not
 * understood (cut to fit) in `unknown`. */
int fake_behaviour_read(fake_behaviour *out, const void *bytes, size_t size, char unknown[64]);

#endif
