package train

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/renameio/v2"
)

// A checkpoint is one file in the safetensors format (https://github.com/huggingface/safetensors): the length of a JSON header, the header,
// the tensors' bytes. One file, written aside, synced and renamed, is either there whole or not at all; and Python opens it too.
// Its metadata hold the step, the order of the variables, and a checksum of the bytes.

const checkpointsKept = 2

// tensorHeader describes one tensor of a safetensors file.
type tensorHeader struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

var safetensorsTypes = map[dtypes.DType]string{
	dtypes.Float32: "F32", dtypes.Float64: "F64", dtypes.Float16: "F16", dtypes.BFloat16: "BF16",
	dtypes.Int32: "I32", dtypes.Int64: "I64", dtypes.Uint8: "U8", dtypes.Uint32: "U32", dtypes.Uint64: "U64", dtypes.Bool: "BOOL",
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

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
		"crc32c": strconv.FormatUint(uint64(crc32.Checksum(data.Bytes(), castagnoli)), 16),
	}
	text, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("train: saving a checkpoint: %w", err)
	}
	text = append(text, bytes.Repeat([]byte(" "), (8-len(text)%8)%8)...)

	path := filepath.Join(dir, fmt.Sprintf("step-%08d.safetensors", step))
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
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
	files, err := checkpointFiles(dir)
	if err != nil {
		return err
	}
	for _, old := range files[min(checkpointsKept, len(files)):] {
		if err := os.Remove(old); err != nil {
			return fmt.Errorf("train: removing an old checkpoint: %w", err)
		}
	}
	return nil
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
func loadCheckpoint(dir string, store *model.Store, note func(string)) (int, error) {
	files, err := checkpointFiles(dir)
	if err != nil {
		return 0, err
	}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			note(fmt.Sprintf("checkpoint %s cannot be read (%v); taking the one before", filepath.Base(path), err))
			continue
		}
		variables, step, err := parseCheckpoint(raw)
		if err != nil {
			note(fmt.Sprintf("checkpoint %s is damaged (%v); taking the one before", filepath.Base(path), err))
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
				made.MustSetValue(v.value)
			}
		}
		return step, nil
	}
	if len(files) > 0 {
		return 0, fmt.Errorf("train: loading a checkpoint: none of the %d in %s can be read: remove the folder to train anew", len(files), dir)
	}
	return 0, errNoCheckpoint
}

type savedVariable struct {
	path      string
	trainable bool
	value     *tensors.Tensor
}

// parseCheckpoint reads a safetensors file that saveCheckpoint wrote. It trusts nothing in it.
func parseCheckpoint(raw []byte) ([]savedVariable, int, error) {
	if len(raw) < 8 {
		return nil, 0, io.ErrUnexpectedEOF
	}
	size := binary.LittleEndian.Uint64(raw)
	if size > uint64(len(raw)-8) {
		return nil, 0, fmt.Errorf("its header of %d bytes is longer than the file", size)
	}
	text, data := raw[8:8+size], raw[8+size:]
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, 0, fmt.Errorf("its header: %w", err)
	}
	var metadata map[string]string
	if err := json.Unmarshal(entries["__metadata__"], &metadata); err != nil {
		return nil, 0, fmt.Errorf("its metadata: %w", err)
	}
	step, err := strconv.Atoi(metadata["step"])
	if err != nil || step < 0 {
		return nil, 0, fmt.Errorf("its step is %q", metadata["step"])
	}
	if sum := strconv.FormatUint(uint64(crc32.Checksum(data, castagnoli)), 16); sum != metadata["crc32c"] {
		return nil, 0, fmt.Errorf("its checksum is %s where %q was written", sum, metadata["crc32c"])
	}
	var variables []savedVariable
	for _, name := range strings.Split(metadata["order"], "\n") {
		path, state := strings.CutPrefix(name, "-")
		var h tensorHeader
		if err := json.Unmarshal(entries[path], &h); err != nil {
			return nil, 0, fmt.Errorf("variable %q: %w", path, err)
		}
		value, err := parseTensor(h, data)
		if err != nil {
			return nil, 0, fmt.Errorf("variable %q: %w", path, err)
		}
		variables = append(variables, savedVariable{path, !state, value})
	}
	return variables, step, nil
}

func parseTensor(h tensorHeader, data []byte) (*tensors.Tensor, error) {
	dtype := dtypes.InvalidDType
	for candidate, name := range safetensorsTypes {
		if name == h.DType {
			dtype = candidate
		}
	}
	if dtype == dtypes.InvalidDType {
		return nil, fmt.Errorf("unknown type %q", h.DType)
	}
	from, to := h.Offsets[0], h.Offsets[1]
	if from < 0 || to < from || to > len(data) {
		return nil, fmt.Errorf("bytes %d to %d of %d", from, to, len(data))
	}
	size := dtype.Size()
	for _, d := range h.Shape {
		if d <= 0 || size > len(data)/d {
			return nil, fmt.Errorf("shape %v does not fit the file", h.Shape)
		}
		size *= d
	}
	if size != to-from {
		return nil, fmt.Errorf("shape %v needs %d bytes, not %d", h.Shape, size, to-from)
	}
	value := tensors.FromShape(shapes.Make(dtype, h.Shape...))
	return value, value.MutableBytes(func(raw []byte) { copy(raw, data[from:to]) })
}

// freeSpaceRemedy adds what to do to an error of a full disk.
func freeSpaceRemedy(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) || strings.Contains(err.Error(), "no space left") {
		return fmt.Errorf("%w: free some space, or set CURIOUS_RUNS to another disk, and run again", err)
	}
	return err
}
