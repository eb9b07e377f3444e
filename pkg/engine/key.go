package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/google/renameio/v2"
)

// programKey names a compiled program by all that decides what it is compiled to.
func programKey(surroundings, format, code, options []byte) string {
	h := sha256.New()
	for _, part := range [][]byte{surroundings, format, options} {
		fmt.Fprintf(h, "%d ", len(part))
		h.Write(part)
	}
	writeProgram(h, code)
	return hex.EncodeToString(h.Sum(nil))
}

// writeProgram writes a program to h with its random names, "uuid_" and 36 characters, replaced by numbers in order of appearance.
// GoMLX draws such names for its metrics anew in each process.
func writeProgram(h hash.Hash, code []byte) {
	const size = len("uuid_") + 36
	numbers := map[string]int{}
	for {
		i := bytes.Index(code, []byte("uuid_"))
		if i < 0 || len(code) < i+size {
			h.Write(code)
			return
		}
		name := string(code[i : i+size])
		if _, seen := numbers[name]; !seen {
			numbers[name] = len(numbers)
		}
		h.Write(code[:i])
		fmt.Fprintf(h, "uuid_\x00%d", numbers[name]) // no text has a zero byte, so nothing else looks like this
		code = code[i+size:]
	}
}

// surroundings is what decides, besides program and options, how a program is compiled: plugin, processor, flags.
func surroundings(memo, device, plugin string) ([]byte, error) {
	text := fmt.Sprintln(device, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), os.Getenv("NPROC"), os.Getenv("XLA_FLAGS")) + processor()
	if device != "cpu" {
		// An accelerator's programs also depend on its libraries, which live beside the plugin, and on the card.
		text += fmt.Sprintln(plugin, os.Getenv("CUDA_VISIBLE_DEVICES")) + accelerator()
	}
	sum, err := fileHash(memo, plugin)
	return []byte(text + sum), err
}

// processor is what this machine's compiler may use: model and instruction sets.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		name, _ := os.Hostname() // where there is no such file, programs are kept for this machine alone
		return name + "\n"
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, 1<<13)) // the first core says enough, and later ones take time
	first, _, _ := strings.Cut(string(text), "\n\n")
	var told strings.Builder
	for line := range strings.Lines(first) {
		name, _, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(name) {
		case "vendor_id", "model name", "flags", "Features", "CPU implementer", "CPU variant", "CPU part":
			told.WriteString(line)
		}
	}
	return told.String()
}

// accelerator is the card's model and its driver, as far as Linux shows them without a library.
func accelerator() string {
	files, _ := filepath.Glob("/proc/driver/nvidia/gpus/*/information")
	var text strings.Builder
	for _, file := range append(files, "/proc/driver/nvidia/version") {
		b, _ := os.ReadFile(file)
		text.Write(b)
	}
	return text.String()
}

// fileHash is the SHA-256 of the file's content. It is remembered in memo under the file's name, size, time and number, since a plugin has 200 MB.
func fileHash(memo, file string) (string, error) {
	name := sha256.Sum256([]byte(file))
	note := filepath.Join(memo, "plugin-"+hex.EncodeToString(name[:8])+".sum")
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	stamp := fmt.Sprintf("%d %d %d ", info.Size(), info.ModTime().UnixNano(), info.Sys().(*syscall.Stat_t).Ino)
	if text, err := os.ReadFile(note); err == nil {
		if sum, ok := strings.CutPrefix(string(text), stamp); ok && len(sum) == 2*sha256.Size {
			return sum, nil
		}
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	_ = renameio.WriteFile(note, []byte(stamp+sum), 0o644, renameio.WithTempDir(memo)) // failing, it only costs time
	return sum, nil
}
