package data

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/curious-go/curious/pkg/data/fetch"
)

// record is one of CIFAR-10's, whose planes are counted through from a start.
func record(label, start uint8) []byte {
	b := []byte{label}
	for k := range 3 * cifarPlane {
		b = append(b, start+uint8(k/cifarPlane*50+k%cifarPlane%41))
	}
	return b
}

func TestParseCIFAR(t *testing.T) {
	m, err := parseCIFAR(append(record(7, 0), record(0, 3)...))
	if err != nil {
		t.Fatal(err)
	}
	if m.N != 2 || m.H != 32 || m.W != 32 || m.C != 3 || m.Levels != 256 || !slices.Equal(m.Labels, []uint8{7, 0}) {
		t.Fatalf("%d images of %d×%d×%d, labels %v", m.N, m.H, m.W, m.C, m.Labels)
	}
	for k, want := range map[int][]uint8{0: {0, 50, 100}, 1: {1, 51, 101}, 1023: {1023 % 41, 50 + 1023%41, 100 + 1023%41}, 1024: {3, 53, 103}} {
		if got := m.Pix[3*k : 3*k+3]; !slices.Equal(got, want) {
			t.Errorf("pixel %d is %v, want red, green, blue %v", k, got, want)
		}
	}
	for name, b := range map[string][]byte{
		"empty": nil, "cut off": record(1, 1)[:3072], "too long": append(record(1, 1), 0), "label 10": record(10, 0), "gzip": {0x1f, 0x8b},
	} {
		if _, err := parseCIFAR(b); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseCIFAR(f *testing.F) {
	f.Add([]byte{}, uint8(0))
	f.Add([]byte{9, 1, 2}, uint8(1))
	f.Add([]byte{10}, uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, records uint8) {
		whole := make([]byte, int(records%4)*cifarRecord) // so that some are of a right length
		copy(whole, b)
		for _, b := range [][]byte{b, whole} {
			m, err := parseCIFAR(b)
			if err != nil {
				continue
			}
			if m.N*cifarRecord != len(b) || len(m.Pix) != m.N*3072 || len(m.Labels) != m.N || slices.Max(m.Labels) > 9 {
				t.Errorf("%d bytes give %d images, %d values, labels %v", len(b), m.N, len(m.Pix), m.Labels)
			}
			// What was read can be put back.
			for i := range m.N {
				again := []byte{m.Labels[i]}
				for c := range 3 {
					for k := range cifarPlane {
						again = append(again, m.At(i)[3*k+c])
					}
				}
				if !bytes.Equal(again, b[i*cifarRecord:(i+1)*cifarRecord]) {
					t.Errorf("record %d is not what was read", i)
				}
			}
		}
	})
}

// The sample: each label as often as counted in the file with another program, and a first picture with a known corner.
func TestCIFARSample(t *testing.T) {
	found, missing, err := cifarSample.Find()
	if err != nil || len(missing) > 0 {
		t.Skip("needs the sample of CIFAR-10: point CURIOUS_DATA to a folder whose folder cifar10 holds it", err)
	}
	set, err := readCIFARSample(found[0])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := set.Title(), "CIFAR-10, the first 4,000, 32×32"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
	if set.Train.N != 3000 || set.Valid.N != 500 || set.Test.N != 500 || !set.Real || set.Classes[set.Train.Labels[0]] != "frog" {
		t.Errorf("%v", set)
	}
	if got := set.Train.Pix[:6]; !slices.Equal(got, []uint8{59, 62, 63, 43, 46, 45}) { // the first two pixels of the data set's best-known frog
		t.Errorf("the first pixels are %v", got)
	}
	// Neighbours are alike in a photograph read in the right order: their mean difference is far under that of pixels far apart.
	near, far := 0, 0
	m := set.Valid
	for i := range m.N {
		pix := m.At(i)
		for k := 0; k+3*16 < len(pix); k++ {
			near += abs(int(pix[k]) - int(pix[k+3]))
			far += abs(int(pix[k]) - int(pix[k+3*16]))
		}
	}
	if 2*near > far {
		t.Errorf("neighbours differ by %d in all, pixels far apart by %d", near, far)
	}
	half := set.Half()
	if half.Title() != "CIFAR-10, the first 4,000, 16×16" || half.Train.H != 16 || len(half.Test.Pix) != 500*16*16*3 {
		t.Errorf("%v", half)
	}
}

func abs(x int) int { return max(x, -x) }

// archive is a .tar.gz of files.
func archive(t *testing.T, names []string, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	w := tar.NewWriter(zip)
	for i, name := range names {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(size)}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte{uint8(i)}, size)); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	zip.Close()
	return out.Bytes()
}

var cifarFiles = []string{
	"cifar-10-batches-bin/data_batch_1.bin", "cifar-10-batches-bin/data_batch_2.bin", "cifar-10-batches-bin/data_batch_3.bin",
	"cifar-10-batches-bin/data_batch_4.bin", "cifar-10-batches-bin/data_batch_5.bin", "cifar-10-batches-bin/test_batch.bin",
}

func TestCIFARArchive(t *testing.T) {
	const size = cifarBatch * cifarRecord
	shuffled := []string{"x/readme.html", cifarFiles[5], cifarFiles[1], cifarFiles[0], cifarFiles[2], cifarFiles[4], cifarFiles[3]}
	whole := archive(t, shuffled, size)
	b, err := readCIFARArchive(bytes.NewReader(whole))
	if err != nil || len(b) != 6*size {
		t.Fatal(len(b), err)
	}
	for i, want := range []uint8{3, 2, 4, 6, 5, 1} { // where in the archive each stood
		if b[i*size] != want || b[(i+1)*size-1] != want {
			t.Errorf("part %d is file %d of the archive, want %d", i, b[i*size], want)
		}
	}
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":      {nil, "EOF"},
		"no gzip":    {[]byte("hello, hello, hello"), "invalid header"},
		"cut off":    {whole[:len(whole)/2], "unexpected EOF"},
		"one absent": {archive(t, cifarFiles[:5], size), "test_batch.bin is not in it"},
		"twice":      {archive(t, append(slices.Clone(cifarFiles), cifarFiles[2]), size), "data_batch_3.bin is there twice"},
		"short":      {archive(t, cifarFiles, size-1), "data_batch_1.bin is there twice, or has 30729999 bytes where 30730000 are expected"},
	} {
		if _, err := readCIFARArchive(bytes.NewReader(c.b)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}

	// From a file, which has to be the published one.
	path := filepath.Join(t.TempDir(), "cifar-10-binary.tar.gz")
	if err := os.WriteFile(path, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(whole)
	found := fetch.Found{File: fetch.File{Name: "cifar-10-binary.tar.gz", SHA256: hex.EncodeToString(sum[:])}, Path: path}
	m, err := openCIFARArchive(found)
	if err != nil || m.N != 60000 || m.W != cifarRecord || !bytes.Equal(m.Pix, b) {
		t.Errorf("%d records, %v", m.N, err)
	}
	found.File.SHA256 = cifarWhole.Files[0].SHA256
	if _, err := openCIFARArchive(found); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("its SHA-256 is %x… where c4a38c50a1bc… is expected: remove", sum[:6])) {
		t.Error(err)
	}
}

// The whole set comes before the sample, and without either, and without network, there are scenes, which say so.
func TestCIFAR10(t *testing.T) {
	t.Setenv("CURIOUS_OFFLINE", "1")
	t.Setenv("CURIOUS_DATA", "")
	t.Setenv("CURIOUS_HOME", t.TempDir())
	set, err := CIFAR10()
	if err != nil {
		t.Fatal(err)
	}
	if set.Real || set.Title() != "small scenes 32×32" || !strings.HasSuffix(set.Origin,
		"seed 1, since CURIOUS_OFFLINE=1 forbids downloads: put cifar-10-binary.tar.gz into a folder cifar10 and point CURIOUS_DATA to the folder above it to have CIFAR-10") {
		t.Errorf("%v", set)
	}
	t.Setenv("CURIOUS_DATA", filepath.Join(t.TempDir(), "nowhere"))
	if _, err := CIFAR10(); err == nil || !strings.Contains(err.Error(), "not a folder") {
		t.Error(err)
	}
	// A damaged sample is trouble, not a reason for scenes.
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "cifar10"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "cifar10", cifarSample.Files[0].Name), []byte("no gzip"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CURIOUS_DATA", root)
	if _, err := CIFAR10(); err == nil || !strings.Contains(err.Error(), "it is not the published file") {
		t.Error(err)
	}
}
