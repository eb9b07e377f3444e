package train

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

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

func checksum(raw []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(raw, castagnoli)) }

const unsigned = "00000000"

// signHeader puts the checksum of an unsigned header into it.
func signHeader(text []byte) []byte {
	return bytes.Replace(text, []byte(`"header":"`+unsigned), []byte(`"header":"`+checksum(text)), 1)
}

type savedVariable struct {
	path      string
	trainable bool
	value     *tensors.Tensor
}

func readCheckpoint(path string) ([]savedVariable, int, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	return parseCheckpoint(raw)
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
	if sum, err := strconv.ParseUint(metadata["crc32c"], 16, 32); err != nil || uint32(sum) != crc32.Checksum(data, castagnoli) {
		return nil, 0, fmt.Errorf("its checksum is %s where %q was written", checksum(data), metadata["crc32c"])
	}
	if sum, signed := metadata["header"]; signed {
		blank := bytes.Replace(text, []byte(`"header":"`+sum), []byte(`"header":"`+unsigned), 1)
		if checksum(blank) != sum {
			return nil, 0, fmt.Errorf("its header's checksum is %s where %q was written", checksum(blank), sum)
		}
	}
	var variables []savedVariable
	for _, name := range strings.Split(metadata["order"], "\n") {
		path, state := strings.CutPrefix(name, "-")
		entry, ok := entries[path]
		if !ok || !strings.HasPrefix(path, "/") {
			return nil, 0, fmt.Errorf("variable %q is not in its header, or twice", path)
		}
		delete(entries, path)
		var h tensorHeader
		if err := json.Unmarshal(entry, &h); err != nil {
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
