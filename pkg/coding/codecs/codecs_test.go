package codecs

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	dewebp "golang.org/x/image/webp"

	"github.com/curious-go/curious/pkg/coding"
	"github.com/curious-go/curious/pkg/data"
)

// pictures are a scene in colour with every value of every channel somewhere, a grey ramp, and a binary digit as a palette.
func pictures() map[string]image.Image {
	m, _ := data.Scenes(data.SceneConfig{N: 1, Seed: 3, Size: 24})
	scene := image.NewNRGBA(image.Rect(0, 0, 24, 24))
	for i := range 24 * 24 {
		copy(scene.Pix[4*i:], m.Pix[3*i:3*i+3])
		scene.Pix[4*i+3] = 255
	}
	noise := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		scene := []uint8{uint8(i), uint8(i*i + 7), uint8(255 - i*11), 255}
		copy(noise.Pix[4*i:], scene)
	}
	ramp := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range ramp.Pix {
		ramp.Pix[i] = uint8(i)
	}
	binary := image.NewPaletted(image.Rect(0, 0, 7, 5), color.Palette{color.Gray{}, color.Gray{Y: 255}})
	for i := range binary.Pix {
		binary.Pix[i] = uint8(i * i % 3 % 2)
	}
	return map[string]image.Image{"scene": scene, "noise": noise, "ramp": ramp, "binary": binary}
}

// decodeJPEGXL is libjxl's own decoder, decode(file, bytes, 0, 0, &width, &height, &depth, &count, delays, pixels).
func decodeJPEGXL(r io.Reader) (image.Image, error) {
	file, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	zipped, err := os.Open("testdata/libjxl-decode.wasm.gz")
	if err != nil {
		return nil, err
	}
	defer zipped.Close()
	zip, err := gzip.NewReader(zipped)
	if err != nil {
		return nil, err
	}
	code, err := io.ReadAll(zip)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(compiled))
	defer runtime.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	machine, err := runtime.Instantiate(ctx, code)
	if err != nil {
		return nil, err
	}
	const most = 1 << 16 // bytes of pixels
	room := func(n int) uint64 {
		at, err := machine.ExportedFunction("malloc").Call(ctx, uint64(n))
		if err != nil {
			panic(err)
		}
		return at[0]
	}
	in, numbers, out := room(len(file)), room(64), room(most)
	memory := machine.Memory()
	memory.Write(uint32(in), file)
	ok, err := machine.ExportedFunction("decode").Call(ctx, in, uint64(len(file)), 0, 0, numbers, numbers+8, numbers+16, numbers+24, numbers+32, out)
	if err != nil || ok[0] == 0 {
		return nil, fmt.Errorf("decoding: %v %w", ok, err)
	}
	width, _ := memory.ReadUint32Le(uint32(numbers))
	height, _ := memory.ReadUint32Le(uint32(numbers) + 8)
	m := image.NewNRGBA(image.Rect(0, 0, int(width), int(height)))
	pixels, _ := memory.Read(uint32(out), uint32(len(m.Pix)))
	copy(m.Pix, pixels)
	return m, nil
}

var compiled = wazero.NewCompilationCache()

// What is written is read back equal in every pixel: WebP by another library than wrote it, JPEG XL by its own decoder.
func TestWithoutLoss(t *testing.T) {
	for name, c := range map[string]struct {
		encode func(w io.Writer, m image.Image) error
		decode func(r io.Reader) (image.Image, error)
	}{
		"WebP":             {WebP, dewebp.Decode},
		"JPEG XL":          {JPEGXL, decodeJPEGXL},
		"JPEG XL, at best": {JPEGXLBest, decodeJPEGXL},
	} {
		for what, m := range pictures() {
			var file bytes.Buffer
			if err := c.encode(&file, m); err != nil {
				t.Fatalf("%s, %s: %v", name, what, err)
			}
			n := file.Len()
			got, err := c.decode(&file)
			if err != nil || got.Bounds() != m.Bounds() {
				t.Fatalf("%s, %s: %v, %v", name, what, got, err)
			}
			for y := range m.Bounds().Dy() {
				for x := range m.Bounds().Dx() {
					r, g, b, _ := m.At(x, y).RGBA()
					r2, g2, b2, _ := got.At(x, y).RGBA()
					if r>>8 != r2>>8 || g>>8 != g2>>8 || b>>8 != b2>>8 {
						t.Fatalf("%s, %s: pixel %d,%d is %v, was %v", name, what, x, y, got.At(x, y), m.At(x, y))
					}
				}
			}
			if raw := 3 * m.Bounds().Dx() * m.Bounds().Dy(); what == "scene" && n > raw*3/4 {
				t.Errorf("%s: %d bytes of %d: nothing was saved", name, n, raw)
			}
		}
	}
}

// One sheet is smaller than a file for each image, since headers are paid once; all peers are smaller than PNG on pictures in colour.
func TestPeers(t *testing.T) {
	m, _ := data.Scenes(data.SceneConfig{N: 8, Seed: 3, Size: 16})
	sizes, err := coding.Compare(m, append(coding.Peers(), Peers()...)...)
	if err != nil {
		t.Fatal(err)
	}
	bytes := map[string]int{}
	for _, s := range sizes {
		bytes[s.Name] = s.Bytes
	}
	for _, name := range []string{"WebP", "JPEG XL"} {
		each, sheet, png := bytes[name+", a file an image"], bytes[name+", one sheet"], bytes["PNG, a file an image"]
		if sheet >= each || each >= png {
			t.Errorf("%s: %d bytes in one sheet, %d in a file an image; PNG %d", name, sheet, each, png)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestRefuses(t *testing.T) {
	ok := image.NewGray(image.Rect(0, 0, 2, 2))
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"empty":         {WebP(io.Discard, image.NewGray(image.Rectangle{})), "codecs: writing WebP: a picture of 0×0 pixels"},
		"too tall":      {WebP(io.Discard, image.NewGray(image.Rect(0, 0, 1, 16384))), "a picture of 1×16384 pixels: sides must be 1 to 16383: give fewer or smaller images"},
		"empty JPEG XL": {JPEGXL(io.Discard, image.NewGray(image.Rectangle{})), "codecs: writing JPEG XL: a picture of 0×0 pixels"},
		"closed":        {WebP(broken{}, ok), "closed pipe"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, c.err, c.want)
		}
	}
}
