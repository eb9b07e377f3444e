//go:build cgo && (linux || darwin) && !noxla

package engine

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "pjrt.h"
*/
import "C"

import (
	"errors"
	"sync"
	"unsafe"
)

// A process has one plugin, since what calls back from C cannot say which it means.
var loaded struct {
	path         string
	api          *C.pjrt_api // the plugin's own functions
	programs     *programs
	surroundings func() ([]byte, error)
}

// loadPlugin opens the plugin at path, with its programs kept on disk if that can be done, and returns its table of functions.
func loadPlugin(device, path string) (uintptr, error) {
	if err := checkPlugin(path); err != nil {
		return 0, err
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var why *C.char
	api := C.curious_open(name, &why)
	if api == nil {
		defer C.free(unsafe.Pointer(why))
		return 0, errors.New(C.GoString(why))
	}
	programs := openPrograms()
	if programs == nil {
		return uintptr(unsafe.Pointer(api)), nil
	}
	keeping := C.curious_intercept(api)
	if keeping == nil {
		return uintptr(unsafe.Pointer(api)), nil
	}
	loaded.api, loaded.programs = api, programs
	loaded.surroundings = sync.OnceValues(func() ([]byte, error) { return surroundings(programs.dir, device, path) })
	return uintptr(unsafe.Pointer(keeping)), nil
}

// curiousCompile does what the plugin's PJRT_Client_Compile does, but looks on disk first, and leaves the result there.
//
//export curiousCompile
func curiousCompile(args *C.PJRT_Client_Compile_Args) *C.pjrt_error {
	around, err := loaded.surroundings()
	if err != nil {
		return C.curious_compile(loaded.api, args)
	}
	program := args.program
	key := programKey(around, bytesAt(program.format, program.format_size), bytesAt(program.code, program.code_size),
		bytesAt(args.compile_options, args.compile_options_size))

	if kept := loaded.programs.get(key); len(kept) > 0 {
		executable := C.curious_load(loaded.api, args.client, unsafe.Pointer(unsafe.SliceData(kept)), C.size_t(len(kept)))
		if executable != nil {
			args.executable = executable
			return nil
		}
	}
	if problem := C.curious_compile(loaded.api, args); problem != nil {
		return problem
	}
	var out C.PJRT_Executable_Serialize_Args
	if C.curious_serialize(loaded.api, args.executable, &out) != 0 {
		loaded.programs.put(key, bytesAt(out.serialized_bytes, out.serialized_bytes_size))
		C.curious_release(&out)
	}
	return nil
}

// bytesAt is memory of C's as a slice, without a copy.
func bytesAt(start *C.char, size C.size_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(start)), int(size))
}
