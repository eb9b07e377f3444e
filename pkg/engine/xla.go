//go:build cgo && (linux || darwin) && !noxla

package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"
)

const (
	hasXLA     = true // this build
	openRemedy = remedy
)

// Whoever asks GoMLX for XLA by a bare name shall not start a download.
func init() { xla.EnableAutoInstall(false) }

// openXLA opens the plugin, an absolute path.
func openXLA(device, plugin string) (*Engine, error) {
	// An absolute name is not searched for; and go-xla takes a plugin for what its name contains.
	name := "/" + device
	var options pjrt.NamedValuesMap
	if !visible(device) {
		return nil, fmt.Errorf("this machine shows no such device: it has none of %s", strings.Join(deviceFiles[device], ", "))
	}
	if device == "cuda" {
		findCUDA(plugin)
		options = pjrt.NamedValuesMap{"preallocate": false} // by default the first notebook takes three quarters of the card
	}
	if err := register(name, device, plugin); err != nil {
		return nil, oneLine(err)
	}
	backend, err := xla.NewWithOptions(name, options)
	if err != nil {
		return nil, oneLine(err)
	}
	if backend.NumDevices() == 0 {
		return nil, errors.New("the plugin finds no device")
	}
	return &Engine{Backend: backend, Kind: "xla", Device: device, Plugin: plugin}, nil
}

// register makes the plugin known to go-xla, once.
func register(name, device, plugin string) error {
	switch loaded.path {
	case plugin:
		return nil
	case "":
	default:
		return errors.New("another plugin is open in this process: " + loaded.path)
	}
	api, err := loadPlugin(device, plugin)
	if err != nil {
		return err
	}
	if err := pjrt.RegisterPreloadedPlugin(name, api); err != nil {
		return err
	}
	loaded.path = plugin
	return nil
}

// deviceFiles are what Linux shows of an accelerator: /dev/dxg is a card under Windows' Linux, /dev/nvhost* a Jetson.
var deviceFiles = map[string][]string{
	"cuda": {"/dev/nvidia*", "/dev/dxg", "/dev/nvhost*"},
	"tpu":  {"/dev/accel*", "/dev/vfio/[0-9]*"},
}

// visible is asked before a plugin is opened, since plugins take long, and many lines, to find that there is nothing.
func visible(device string) bool {
	patterns := deviceFiles[device]
	return patterns == nil || slices.ContainsFunc(patterns, func(pattern string) bool {
		found, _ := filepath.Glob(pattern)
		return len(found) > 0
	})
}

// findCUDA tells XLA where the wheels put NVIDIA's compiler parts: in nvidia, one or two folders above the plugin.
func findCUDA(plugin string) {
	flags := os.Getenv("XLA_FLAGS")
	if strings.Contains(flags, "xla_gpu_cuda_data_dir") {
		return
	}
	for _, up := range []string{"..", "../.."} {
		found, _ := filepath.Glob(filepath.Join(filepath.Dir(plugin), up, "nvidia", "*", "nvvm"))
		if len(found) > 0 && !strings.ContainsAny(found[0], " \t\n") { // which would end the flag
			os.Setenv("XLA_FLAGS", strings.TrimSpace(flags+" --xla_gpu_cuda_data_dir="+filepath.Dir(found[0])))
			return
		}
	}
}
