/* A TorchScript archive record by record: which are damaged, what its small records say, and the devices that
 * its code names. Nothing is loaded. */
#ifndef PTRUN_MODEL_INVENTORY_H
#define PTRUN_MODEL_INVENTORY_H

#include "model/file.h"

enum { PTRUN_INVENTORY_TEXT = 64, PTRUN_INVENTORY_DEVICES = 8 };

/* A device that is written into the program: such a program runs there only. */
typedef struct ptrun_code_device {
    char name[PTRUN_INVENTORY_TEXT]; /* "cuda:0" */
    size_t count;                    /* places */
} ptrun_code_device;

typedef struct ptrun_inventory {
    bool *whole; /* of each record of the file: its content is there and its CRC-32 right; owned */
    size_t n_damaged;
    ptrun_error fault; /* of the first that is not */
    uint64_t content;  /* bytes of all records, inflated */
    char byteorder[PTRUN_INVENTORY_TEXT], serialization_id[PTRUN_INVENTORY_TEXT]; /* "" where not recorded */
    ptrun_code_device devices[PTRUN_INVENTORY_DEVICES];
    size_t n_devices;
} ptrun_inventory;

/* OUT_OF_MEMORY; damaged records are what it finds, no failure. */
PTRUN_MUST_USE ptrun_status ptrun_inventory_read(ptrun_inventory *out, const ptrun_model_file *file,
                                                 ptrun_error *err);

/* Accepts the zero value; zero afterwards. */
void ptrun_inventory_release(ptrun_inventory *inventory);

#endif
