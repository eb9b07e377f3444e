//go:build cgo && (linux || darwin) && !noxla

// The part of PJRT's C interface that keeping compiled programs needs. The layouts are those of version 0.x of
// https://github.com/openxla/xla/blob/main/xla/pjrt/c/pjrt_c_api.h, where structs and the function table only grow at their ends;
// TestHeader compares them with the header that go-xla is built with.

#ifndef CURIOUS_PJRT_H
#define CURIOUS_PJRT_H

#include <stddef.h>

enum { pjrt_major = 0 };

// Places in the function table.
enum {
  PJRT_Error_Destroy = 0,
  PJRT_Client_Compile = 20,
  PJRT_Executable_Destroy = 40,
  PJRT_Executable_Serialize = 49,
  PJRT_LoadedExecutable_GetExecutable = 51,
  PJRT_Executable_DeserializeAndLoad = 56,
};

typedef struct pjrt_error pjrt_error;

typedef struct {
  size_t struct_size;
  void* extension_start;
  struct {
    size_t struct_size;
    void* extension_start;
    int major_version;
    int minor_version;
  } pjrt_api_version;
  void* function[];
} pjrt_api;

typedef struct {
  size_t struct_size;
  void* extension_start;
  pjrt_error* error;
} PJRT_Error_Destroy_Args;

typedef struct {
  size_t struct_size;
  void* extension_start;
  char* code;
  size_t code_size;
  const char* format;
  size_t format_size;
} PJRT_Program;

typedef struct {
  size_t struct_size;
  void* extension_start;
  void* client;
  const PJRT_Program* program;
  const char* compile_options;
  size_t compile_options_size;
  void* executable;
} PJRT_Client_Compile_Args;

typedef struct {
  size_t struct_size;
  void* extension_start;
  void* executable;
} PJRT_Executable_Destroy_Args;

typedef struct {
  size_t struct_size;
  void* extension_start;
  const void* executable;
  const char* serialized_bytes;
  size_t serialized_bytes_size;
  void* serialized_executable;
  void (*serialized_executable_deleter)(void* serialized_executable);
} PJRT_Executable_Serialize_Args;

typedef struct {
  size_t struct_size;
  void* extension_start;
  void* loaded_executable;
  void* executable;
} PJRT_LoadedExecutable_GetExecutable_Args;

typedef struct {
  size_t struct_size;
  void* extension_start;
  void* client;
  const char* serialized_executable;
  size_t serialized_executable_size;
  void* loaded_executable;
  const char* overridden_serialized_compile_options;
  size_t overridden_serialized_compile_options_size;
} PJRT_Executable_DeserializeAndLoad_Args;

// curious_open loads a plugin and returns its function table; or NULL, and why, to be freed.
pjrt_api* curious_open(const char* path, char** why);

// curious_intercept returns a copy of the table in which curiousCompile stands for PJRT_Client_Compile; or NULL if the plugin's version is not ours.
pjrt_api* curious_intercept(const pjrt_api* api);

// curious_compile is the plugin's own PJRT_Client_Compile.
pjrt_error* curious_compile(const pjrt_api* api, PJRT_Client_Compile_Args* args);

// curious_load makes a loaded executable of its serialized form; or NULL.
void* curious_load(const pjrt_api* api, void* client, const void* bytes, size_t size);

// curious_serialize is the way back; it returns 0 if the plugin cannot. What it fills is freed by curious_release.
int curious_serialize(const pjrt_api* api, void* loaded, PJRT_Executable_Serialize_Args* out);
void curious_release(PJRT_Executable_Serialize_Args* out);

#endif
