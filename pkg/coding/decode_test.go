package coding

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/curious-go/curious/pkg/data"
)

func encoded(t testing.TB) (file []byte, m *backwards, images data.Images) {
	t.Helper()
	m = &backwards{toy: toy{shape: shape{3, 4, 1, 2}, sharpness: 2}, engine: "go", places: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}
	images = draw(t, m, 20)
	var out bytes.Buffer
	if _, err := Encode(&out, m, images); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), m, images
}

func TestDecodeRefuses(t *testing.T) {
	file, m, _ := encoded(t)
	other := *m
	other.seed++
	wider := *m
	wider.width++
	wider.places = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	end := fmt.Sprint(len(file))
	for _, c := range []struct {
		file  []byte
		model Conditionals
		want  string
	}{
		{nil, m, "an empty file: give one that coding.Encode wrote"},
		{[]byte("\x89PNG\r\n\x1a\n"), m, "not a file of coded images"},
		{[]byte("x"), m, "not a file of coded images"},
		{file[:1], m, "cut off: it ends within the header, after 1 bytes: copy it again"},
		{file[:100], m, "cut off: it ends within the header, after 100 bytes"},
		{file[:len(file)-1], m, "cut off: " + fmt.Sprint(len(file)-1) + " of " + end + " bytes: copy it again"},
		{append(slices.Clone(file), 0), m, "something follows its end, which is after " + end + " bytes"},
		{append(slices.Clone(file), file...), m, "something follows its end, which is after " + end + " bytes"},
		{altered(file, 4), m, "version 0 of the format, or altered: this program reads version 1"},
		{altered(file, 50), m, "altered: the header's checksum is wrong: copy it again"},
		{altered(file, len(file)-6), m, "altered: its checksum is wrong: copy it again"},
		{file, &other, "it was coded by another model: fingerprint "},
		{file, &wider, "it holds images of 3×4×1, 2 levels, and the model codes 3×5×1, 2 levels: open the model"},
		{forge(t, file, func(h *header) { h.Images = 0 }), m, "the header claims 0 images"},
		{forge(t, file, func(h *header) { h.Images = math.MaxUint32 }), m, "the header claims 4294967295 images, and a file holds 1 to 89478485"},
		{forge(t, file, func(h *header) { h.Batch = 0 }), m, "the header claims batches of 0 images of 20"},
		{forge(t, file, func(h *header) { h.Batch = 21 }), m, "the header claims batches of 21 images of 20"},
		{forge(t, file, func(h *header) { h.Batch, h.Images = 2000, 3000 }), m, "the header claims batches of 2000 images of 3000"},
		{forge(t, file, func(h *header) { h.Words = 1 << 20 }), m, "the header claims 1048576 words for 240 symbols"},
		{forge(t, file, func(h *header) { h.Words++ }), m, "cut off: "},
		{forge(t, file, func(h *header) { h.Words-- }), m, "something follows its end"},
		{forge(t, file, func(h *header) { h.Images = 1e7 }), m, "the pixels' checksum is wrong"},
		{forge(t, file, func(h *header) { h.Images = 19; h.Batch = 19 }), m, "the pixels' checksum is wrong"},
		{forge(t, file, func(h *header) { h.Pixels[0]++ }), m, "the pixels' checksum is wrong"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		images, err := Decode(bytes.NewReader(c.file), c.model)
		runtime.ReadMemStats(&after)
		says(t, err, "coding: decoding: "+c.want)
		if images.Pix != nil || images.N != 0 {
			t.Errorf("%q, and images", err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<22 {
			t.Errorf("%q took %d bytes", err, took)
		}
	}
	_, err := Decode(iotest.ErrReader(errors.New("no cable")), m)
	says(t, err, "coding: decoding: reading the header: no cable")
	_, err = Decode(io.MultiReader(bytes.NewReader(file[:130]), iotest.ErrReader(errors.New("no cable"))), m)
	says(t, err, "coding: decoding: reading: no cable")
}

func altered(file []byte, i int) []byte {
	file = slices.Clone(file)
	file[i] ^= 1
	return file
}

// No bit of a file may be turned, and no byte be missing.
func TestEveryAlterationIsFound(t *testing.T) {
	file, m, _ := encoded(t)
	for i := range 8 * len(file) {
		bad := slices.Clone(file)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := Decode(bytes.NewReader(bad), m); err == nil {
			t.Errorf("bit %d turned, and no error", i)
		}
	}
	for i := range file {
		if _, err := Decode(bytes.NewReader(file[:i]), m); err == nil {
			t.Errorf("%d bytes of %d, and no error", i, len(file))
		}
	}
}

// rounding is a model that computes elsewhere: its logits differ in their last bits now and then.
type rounding struct{ *backwards }

func (m rounding) Engine() string { return "xla:cuda" }

func (m rounding) Next(previous []uint8) ([]float32, error) {
	out, err := m.backwards.Next(previous)
	for i := range out {
		out[i] += out[i] * 3e-7
	}
	return out, err
}

func TestOtherRounding(t *testing.T) {
	file, m, _ := encoded(t)
	_, err := Decode(bytes.NewReader(file), rounding{m})
	says(t, err, `coding: decoding: the pixels' checksum is wrong: this model has the right fingerprint, but it computes on "xla:cuda", and the file was coded on "go", which rounds otherwise`)
	m.engine = ""
	_, err = Decode(bytes.NewReader(file), m) // the same without a name
	if err != nil {
		t.Error(err)
	}
}

// Whatever the file says, also with right checksums, decoding ends in the pixels that were coded or in an error.
func FuzzDecode(f *testing.F) {
	file, m, images := encoded(f)
	f.Add(file)
	f.Add(file[:120])
	f.Add(append(slices.Clone(file), 7))
	f.Add(forge(f, file, func(h *header) { h.Batch = 7 }))
	f.Add(forge(f, file, func(h *header) { h.Images = 1e7 }))
	f.Fuzz(func(t *testing.T, file []byte) {
		checksummed := slices.Clone(file)
		if len(file) >= headerSize+4+12 {
			copy(checksummed, magic[:])
			checksummed[4] = version
			copy(checksummed[headerSize:], sealed(checksummed[:headerSize:headerSize])[headerSize:])
			end := len(file) - 4
			copy(checksummed[end:], sealed(slices.Clone(checksummed[headerSize+4 : end]))[end-headerSize-4:])
		}
		for _, file := range [][]byte{file, checksummed} {
			got, err := Decode(bytes.NewReader(file), m)
			switch {
			case err == nil && (!slices.Equal(got.Pix, images.Pix) || got.N != images.N || shapeOf(got) != shapeOf(images)):
				t.Errorf("wrong images, and no error: %+v", got)
			case err != nil && (got.Pix != nil || !strings.HasPrefix(err.Error(), "coding: decoding: ")):
				t.Errorf("%v, and %+v", err, got)
			}
		}
	})
}

// BenchmarkCoding is the coder without a model: symbols through [Quantise] and [Stack]; a symbol is a byte in MB/s.
func BenchmarkCoding(b *testing.B) {
	for _, c := range []struct {
		name string
		fixed
		n int
	}{
		{"K=2", fixed{toy{shape: shape{28, 28, 1, 2}}, []float32{0, -2}}, 128},
		{"K=256", fixed{toy{shape: shape{32, 32, 3, 256}}, make([]float32, 256)}, 4},
	} {
		images := draw(b, &c.fixed, c.n)
		var file bytes.Buffer
		if _, err := Encode(&file, &c.fixed, images); err != nil {
			b.Fatal(err)
		}
		b.Run(c.name+"/encode", func(b *testing.B) {
			b.SetBytes(int64(len(images.Pix)))
			for b.Loop() {
				if _, err := Encode(io.Discard, &c.fixed, images); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/decode", func(b *testing.B) {
			b.SetBytes(int64(len(images.Pix)))
			for b.Loop() {
				if _, err := Decode(bytes.NewReader(file.Bytes()), &c.fixed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
