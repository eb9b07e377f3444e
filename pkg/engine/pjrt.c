//go:build cgo && (linux || darwin) && !noxla

#include "pjrt.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

pjrt_api* curious_open(const char* path, char** why) {
  *why = NULL;
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    *why = strdup(dlerror());
    return NULL;
  }
  pjrt_api* (*get)(void) = (pjrt_api * (*)(void)) dlsym(library, "GetPjrtApi");
  pjrt_api* api = get ? get() : NULL;
  if (api == NULL) *why = strdup("it is no PJRT plugin");
  return api;
}

pjrt_api* curious_intercept(const pjrt_api* api) {
  static const int used[] = {
      PJRT_Error_Destroy,        PJRT_Client_Compile,           PJRT_Executable_Destroy,
      PJRT_Executable_Serialize, PJRT_LoadedExecutable_GetExecutable, PJRT_Executable_DeserializeAndLoad,
  };
  if (api->pjrt_api_version.major_version != pjrt_major) return NULL;
  if (api->struct_size < offsetof(pjrt_api, function[PJRT_Executable_DeserializeAndLoad + 1])) return NULL;
  for (size_t i = 0; i < sizeof used / sizeof *used; i++)
    if (api->function[used[i]] == NULL) return NULL;

  pjrt_api* copy = malloc(api->struct_size);
  if (copy == NULL) return NULL;
  memcpy(copy, api, api->struct_size);
  copy->function[PJRT_Client_Compile] = (void*)curiousCompile;
  return copy;
}

// Every function of the table takes one struct of arguments, and those that can fail return an error.
static pjrt_error* call(const pjrt_api* api, int place, void* args) {
  return ((pjrt_error * (*)(void*)) api->function[place])(args);
}

static int failed(const pjrt_api* api, pjrt_error* error) {
  if (error == NULL) return 0;
  PJRT_Error_Destroy_Args args = {.struct_size = sizeof args, .error = error};
  ((void (*)(PJRT_Error_Destroy_Args*))api->function[PJRT_Error_Destroy])(&args);
  return 1;
}

pjrt_error* curious_compile(const pjrt_api* api, PJRT_Client_Compile_Args* args) {
  return call(api, PJRT_Client_Compile, args);
}

void* curious_load(const pjrt_api* api, void* client, const void* bytes, size_t size) {
  PJRT_Executable_DeserializeAndLoad_Args args = {
      .struct_size = sizeof args,
      .client = client,
      .serialized_executable = bytes,
      .serialized_executable_size = size,
  };
  if (failed(api, call(api, PJRT_Executable_DeserializeAndLoad, &args))) return NULL;
  return args.loaded_executable;
}

int curious_serialize(const pjrt_api* api, void* loaded, PJRT_Executable_Serialize_Args* out) {
  PJRT_LoadedExecutable_GetExecutable_Args get = {.struct_size = sizeof get, .loaded_executable = loaded};
  if (failed(api, call(api, PJRT_LoadedExecutable_GetExecutable, &get))) return 0;

  *out = (PJRT_Executable_Serialize_Args){.struct_size = sizeof *out, .executable = get.executable};
  int done = !failed(api, call(api, PJRT_Executable_Serialize, out));

  PJRT_Executable_Destroy_Args destroy = {.struct_size = sizeof destroy, .executable = get.executable};
  failed(api, call(api, PJRT_Executable_Destroy, &destroy));
  return done;
}

void curious_release(PJRT_Executable_Serialize_Args* out) {
  if (out->serialized_executable_deleter) out->serialized_executable_deleter(out->serialized_executable);
}
