// Package engine opens the machine that computes: XLA, through a PJRT plugin, or GoMLX's pure-Go backend where there is no plugin.
//
// A notebook says once
//
//	e := engine.Must()
//	fmt.Println(e) // engine: XLA on cpu (PJRT plugin pjrt_c_api_cpu_plugin.so, 2 cores)
//
// and hands e.Backend to whatever computes. Nothing is ever downloaded here, and nothing is printed.
//
// What is opened is decided by, in this order:
//
//   - $CURIOUS_ENGINE: "go", "xla", "xla:cpu", "xla:cuda", "xla:tpu", or "xla:" and the absolute path of a plugin;
//   - $CURIOUS_DEVICE: "cpu", "cuda" or "tpu", which the kernel sets;
//   - plugins.json in [home.Dir], which set-up writes: a map from a device to the path of its plugin.
//
// Who asks for XLA, or for an accelerator, gets it or an error. Who asks for nothing gets the best there is, and Why says why it is pure Go.
//
// A cell is a process, and compiling is most of what it would wait for: compiled XLA programs are kept in the folder "programs" of [home.Dir], at most 2 GB of
// them, the least recently used going first. $CURIOUS_NO_PROGRAM_CACHE=1 turns that off, [CleanPrograms] empties it.
//
// On CUDA, memory is taken as it is needed, so that two notebooks share a card, and is given back when the process ends; products of float32 are computed in TF32.
package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/gomlx/compute"
)

// Engine is an open backend, and what is to be said about it.
//
// Backend is a field by intent, not embedded: GoMLX compares backends, so that what ran on an Engine in the guise of a backend could not run there again.
type Engine struct {
	Backend compute.Backend

	Kind   string // "xla" or "go"
	Device string // "cpu", "cuda" or "tpu"
	Plugin string // absolute path of the PJRT plugin; empty for pure Go
	Why    string // why it is pure Go; empty for XLA

	remedy string // of Why, if there is one
}

// Open opens the engine at its first call, and returns the same one ever after in this process.
//
// It fails on an unknown engine or device, and when XLA or an accelerator was asked for by name and cannot be had. The error is one line and ends in the remedy.
func Open() (*Engine, error) { return openOnce() }

var openOnce = sync.OnceValues(func() (*Engine, error) {
	w, err := wanted(os.Getenv)
	if err != nil {
		return nil, err
	}
	return open(w)
})

// Must is [Open] for a cell: on error it prints the one line on stderr and ends the program.
func Must() *Engine {
	e, err := Open()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error: "+err.Error())
		os.Exit(1)
	}
	return e
}

func open(w want) (*Engine, error) {
	if w.kind == "go" {
		return openGo(w.why, w.remedy)
	}
	e, err := openXLA(w.device, w.plugin)
	if err == nil {
		return e, nil
	}
	err = fmt.Errorf("opening XLA on %s: %w", w.device, err)
	if w.asked {
		return nil, fmt.Errorf("engine: %w: %s", err, openRemedy)
	}
	return openGo(err.Error(), openRemedy)
}

// Name is the engine that [Open] gives, in short, such as "xla:cpu"; "" when it gives none.
func Name() string {
	e, err := Open()
	if err != nil {
		return ""
	}
	return e.Kind + ":" + e.Device
}

// String is the one line that a notebook shows.
func (e *Engine) String() string {
	if e.Kind == "go" {
		line := fmt.Sprintf("engine: pure Go (%s), since %s; three to four times slower than XLA", count(runtime.GOMAXPROCS(0), "core"), e.Why)
		if e.remedy != "" {
			line += ": " + e.remedy
		}
		return line
	}
	size := count(runtime.NumCPU(), "core")
	if e.Device != "cpu" {
		size = count(e.Backend.NumDevices(), "device")
	}
	return fmt.Sprintf("engine: XLA on %s (PJRT plugin %s, %s)", e.Device, filepath.Base(e.Plugin), size)
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprint(n, " ", what)
}

// oneLine is err without line breaks, of which XLA's errors have many.
func oneLine(err error) error {
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}
