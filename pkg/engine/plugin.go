package engine

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
)

// checkPlugin refuses what would take the process down when loaded: a file that was cut off is mapped all the same, and faults when it is touched;
// a library that is none of ours runs its own start-up code.
func checkPlugin(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	if runtime.GOOS != "linux" {
		return nil // libraries have another format there, and a loader that checks it
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := checkELF(f, info.Size()); err != nil {
		return fmt.Errorf("%s %w", path, err)
	}
	return nil
}

func checkELF(r io.ReaderAt, size int64) error {
	f, err := elf.NewFile(r)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("is cut off: it ends after %d bytes", size)
	}
	if err != nil {
		return fmt.Errorf("is no library, or is damaged: %w", err)
	}
	for _, part := range f.Progs {
		if end := part.Off + part.Filesz; end < part.Off || end > uint64(size) {
			return fmt.Errorf("is cut off: it has %d bytes of at least %d", size, end)
		}
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return fmt.Errorf("is no library, or is damaged: %w", err)
	}
	if !slices.ContainsFunc(symbols, func(s elf.Symbol) bool { return s.Name == "GetPjrtApi" && s.Section != elf.SHN_UNDEF }) {
		return errors.New("is no PJRT plugin: it has no function GetPjrtApi")
	}
	return nil
}
