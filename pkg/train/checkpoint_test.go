package train

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// saved is a checkpoint of a small store, at step 3.
func saved(t testing.TB) (path string, raw []byte) {
	t.Helper()
	store, err := newStore(1)
	if err != nil {
		t.Fatal(err)
	}
	for path, value := range map[string]any{"/model/w": [][]float32{{1, 2}, {3, 4}}, "/model/n": []int32{7}, "/model/s": float64(2.5)} {
		if _, err := store.CreateVariable(path, tensors.MustFromAnyValue(value)); err != nil {
			t.Fatal(err)
		}
	}
	store.GetVariable("/model/n").SetTrainable(false)
	dir := t.TempDir()
	if err := saveCheckpoint(dir, store, 3); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "step-00000003.safetensors")
	raw, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, raw
}

func TestCheckpointRoundTrip(t *testing.T) {
	path, raw := saved(t)
	store := model.NewStore()
	step, err := loadCheckpoint(filepath.Dir(path), store, func(note string) { t.Error(note) })
	if err != nil || step != 3 {
		t.Fatal(step, err)
	}
	if got := tensors.MustCopyFlatData[float32](store.GetVariable("/model/w").MustValue()); fmt.Sprint(got) != "[1 2 3 4]" {
		t.Error(got)
	}
	if n := store.GetVariable("/model/n"); n.Trainable || !store.GetVariable("/model/w").Trainable {
		t.Error("which variables are trainable was lost")
	}

	// What the format asks for (https://github.com/huggingface/safetensors#format): the header's length in 8 bytes, the header a multiple of 8,
	// the tensors side by side from 0 to the end.
	size := binary.LittleEndian.Uint64(raw)
	var header map[string]struct {
		Offsets [2]int `json:"data_offsets"`
	}
	if err := json.Unmarshal(raw[8:8+size], &header); err != nil || size%8 != 0 {
		t.Fatal(size, err)
	}
	bytesOfTensors := 0
	for _, h := range header {
		bytesOfTensors += h.Offsets[1] - h.Offsets[0]
	}
	if want := len(raw) - 8 - int(size); bytesOfTensors != want {
		t.Errorf("tensors of %d bytes in all, %d bytes of data", bytesOfTensors, want)
	}
}

// Any one damaged byte, and any cut, is noticed.
func TestDamageIsNoticed(t *testing.T) {
	_, raw := saved(t)
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 0x04
		if _, _, err := parseCheckpoint(bad); err == nil && !bytes.Contains(raw[max(0, i-9):min(len(raw), i+9)], []byte(`"header"`)) {
			t.Errorf("byte %d, %q, may be anything", i, raw[i])
		}
		if _, _, err := parseCheckpoint(raw[:i]); err == nil {
			t.Errorf("a file cut at byte %d of %d is read", i, len(raw))
		}
	}
}

func TestHostileCheckpoints(t *testing.T) {
	meta := `"__metadata__":{"step":"1","order":"/w","crc32c":"SUM"}`
	for name, raw := range map[string][]byte{
		"empty":               nil,
		"short":               []byte("12345"),
		"header of 2^64-1":    bytes.Repeat([]byte{0xff}, 64),
		"not JSON":            hostile(`hello`, nil),
		"null":                hostile(`null`, nil),
		"no metadata":         hostile(`{}`, nil),
		"negative step":       hostile(`{"__metadata__":{"step":"-1","order":"/w","crc32c":"SUM"}}`, nil),
		"variable is missing": hostile(`{`+meta+`}`, nil),
		"a huge tensor":       hostile(`{`+meta+`,"/w":{"dtype":"F32","shape":[1099511627776,1099511627776],"data_offsets":[0,4]}}`, make([]byte, 4)),
		"product overflows":   hostile(`{`+meta+`,"/w":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]}}`, nil),
		"negative dimension":  hostile(`{`+meta+`,"/w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, make([]byte, 4)),
		"empty dimension":     hostile(`{`+meta+`,"/w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, nil),
		"offsets backwards":   hostile(`{`+meta+`,"/w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, make([]byte, 4)),
		"offsets beyond":      hostile(`{`+meta+`,"/w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, make([]byte, 4)),
		"unknown type":        hostile(`{`+meta+`,"/w":{"dtype":"F4","shape":[1],"data_offsets":[0,4]}}`, make([]byte, 4)),
		"no variables":        hostile(`{"__metadata__":{"step":"1","order":"","crc32c":"SUM"}}`, nil),
		"twice the same":      hostile(`{"__metadata__":{"step":"1","order":"/w\n/w","crc32c":"SUM"},"/w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, make([]byte, 4)),
	} {
		if variables, _, err := parseCheckpoint(raw); err == nil {
			t.Errorf("%s: read as %v", name, variables)
		} else {
			t.Log(name+":", err)
		}
	}
}

// The checksum is made right, so that what lies behind it is reached: the word SUM in a header stands for it.
func FuzzParseCheckpoint(f *testing.F) {
	_, raw := saved(f)
	size := binary.LittleEndian.Uint64(raw)
	f.Add(string(raw[8:8+size]), raw[8+size:])
	f.Add(`{"__metadata__":{"step":"1","order":"/w","crc32c":"SUM"},"/w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, make([]byte, 4))
	f.Add(`{"__metadata__":{"step":"1","order":"-/w\n/v","crc32c":"SUM"},"/w":{"dtype":"I64","shape":[2,1],"data_offsets":[0,16]},`+
		`"/v":{"dtype":"BOOL","shape":[],"data_offsets":[16,17]}}`, make([]byte, 17))
	f.Fuzz(func(t *testing.T, header string, data []byte) {
		raw := hostile(header, data)
		variables, step, err := parseCheckpoint(raw)
		if err != nil {
			return
		}
		for _, v := range variables {
			if size := int(v.value.Shape().ByteSize()); step < 0 || size > len(data) {
				t.Errorf("step %d, %d bytes from a file of %d", step, size, len(raw))
			}
		}
	})
}

// hostile is a file of this header, in which SUM stands for the checksum of the data.
func hostile(header string, data []byte) []byte {
	header = strings.ReplaceAll(header, "SUM", checksum(data))
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

func TestRemedies(t *testing.T) {
	for problem, want := range map[syscall.Errno]string{
		syscall.ENOSPC: "free some space", syscall.EDQUOT: "free some space",
		syscall.EACCES: "may be written", syscall.EROFS: "may be written", syscall.EPERM: "may be written",
	} {
		err := withRemedy(fmt.Errorf("train: saving: %w", &fs.PathError{Op: "write", Path: "x", Err: problem}))
		if !strings.Contains(err.Error(), want) || !errors.Is(err, problem) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestSense(t *testing.T) {
	err := sense(errors.New("INTERNAL:\n\tfirst\n\tsecond" + strings.Repeat(" and on", 1000)))
	if text := err.Error(); !strings.HasPrefix(text, "INTERNAL: first second and on") || len(text) > 420 {
		t.Error(text)
	}
}
