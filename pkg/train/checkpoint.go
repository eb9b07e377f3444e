package train

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/renameio/v2"
)

// A checkpoint is one file in the safetensors format (https://github.com/huggingface/safetensors): the length of a JSON header, the header,
// the tensors' bytes. One file, written aside, synced and renamed, is either there whole or not at all; and Python opens it too.
// Its metadata hold the step, the order of the variables, and checksums of the bytes and of the header (of the latter as if its checksum were 00000000).

const checkpointsKept = 2

// saveCheckpoint writes all of the store's variables as of this step, and then drops older checkpoints but one.
func saveCheckpoint(dir string, store *model.Store, step int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("train: saving a checkpoint: %w", err)
	}
	header := map[string]any{}
	var order []string
	var data bytes.Buffer
	for v := range store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("train: saving a checkpoint: variable %s: %w", v.Path(), err)
		}
		dtype, ok := safetensorsTypes[v.DType()]
		if !ok {
			return fmt.Errorf("train: saving a checkpoint: variable %s is of type %s, which the format lacks", v.Path(), v.DType())
		}
		start := data.Len()
		if err := value.ConstBytes(func(raw []byte) { data.Write(raw) }); err != nil {
			return fmt.Errorf("train: saving a checkpoint: variable %s: %w", v.Path(), err)
		}
		header[v.Path()] = tensorHeader{dtype, append([]int{}, v.Shape().Dimensions...), [2]int{start, data.Len()}}
		name := v.Path()
		if !v.Trainable {
			name = "-" + name // a state, which no gradient moves
		}
		order = append(order, name)
	}
	header["__metadata__"] = map[string]string{
		"step":   strconv.Itoa(step),
		"order":  strings.Join(order, "\n"),
		"crc32c": checksum(data.Bytes()),
		"header": unsigned,
	}
	text, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("train: saving a checkpoint: %w", err)
	}
	text = signHeader(append(text, bytes.Repeat([]byte(" "), (8-len(text)%8)%8)...))

	path := filepath.Join(dir, fmt.Sprintf("step-%08d.safetensors", step))
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithTempDir(dir))
	if err == nil {
		defer file.Cleanup()
		err = binary.Write(file, binary.LittleEndian, uint64(len(text)))
	}
	for _, part := range [][]byte{text, data.Bytes()} {
		if err == nil {
			_, err = file.Write(part)
		}
	}
	if err == nil {
		err = file.CloseAtomicallyReplace() // syncs first
	}
	if err != nil {
		return fmt.Errorf("train: saving a checkpoint: %w", err)
	}
	return dropCheckpoints(dir, path)
}

// dropCheckpoints keeps the one just saved and those before it up to checkpointsKept. Later ones were passed over as damaged: they step aside, so that they do not
// count as good.
func dropCheckpoints(dir, saved string) error {
	files, err := checkpointFiles(dir)
	if err != nil {
		return err
	}
	for len(files) > 0 && files[0] > saved {
		if err := os.Rename(files[0], filepath.Join(dir, "damaged-"+filepath.Base(files[0]))); err != nil {
			return fmt.Errorf("train: putting a damaged checkpoint aside: %w", err)
		}
		files = files[1:]
	}
	for _, old := range files[min(checkpointsKept, len(files)):] {
		if err := os.Remove(old); err != nil {
			return fmt.Errorf("train: removing an old checkpoint: %w", err)
		}
	}
	return nil
}

// sweep removes what killed writes have left in a folder. Only who holds the run's lock may call it.
func sweep(dir string) {
	for _, pattern := range []string{".step-*.safetensors*", ".metrics.jsonl*", ".run.json*"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, file := range files {
			_ = os.Remove(file) // failing, it only takes space
		}
	}
}

// checkpointFiles lists a run's checkpoints, the newest first.
func checkpointFiles(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "step-*.safetensors"))
	if err != nil {
		return nil, fmt.Errorf("train: listing checkpoints: %w", err)
	}
	slices.Sort(files)
	slices.Reverse(files)
	return files, nil
}

// errNoCheckpoint says that a run has not saved anything yet.
var errNoCheckpoint = errors.New("no checkpoint yet")

// loadCheckpoint fills the store from the newest checkpoint that can be read, and returns its step. What it had to pass over is told through note.
func loadCheckpoint(dir string, store *model.Store, note func(string)) (step int, err error) {
	defer caught(&err) // names that GoMLX does not take
	files, err := checkpointFiles(dir)
	if err != nil {
		return 0, err
	}
	for _, path := range files {
		variables, step, err := readCheckpoint(path)
		if err != nil {
			note(fmt.Sprintf("checkpoint %s cannot be read: %v", filepath.Base(path), err))
			continue
		}
		for _, v := range variables {
			made, err := store.CreateVariable(v.path, v.value)
			if err != nil {
				return 0, fmt.Errorf("train: loading checkpoint %s: %w", path, err)
			}
			if !made.Trainable || !v.trainable {
				made.SetTrainable(v.trainable)
			}
			if made.MustValue() != v.value { // the seeded random state was there already
				if err := made.SetValue(v.value); err != nil {
					return 0, fmt.Errorf("train: loading checkpoint %s: %w", path, err)
				}
			}
		}
		if path != files[0] {
			note(fmt.Sprintf("taking the one before, %s", filepath.Base(path)))
		}
		return step, nil
	}
	if len(files) > 0 {
		return 0, fmt.Errorf("train: loading a checkpoint: none of the %d in %s can be read: remove %s to train anew", len(files), dir, filepath.Dir(dir))
	}
	return 0, errNoCheckpoint
}
