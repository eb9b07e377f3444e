// Package codecs offers image coders from outside Go's own library as peers for coding.Compare: WebP and JPEG XL, both without loss.
//
// They are the reference encoders, libwebp 1.4.0 and libjxl 0.11.0 (BSD licences), as github.com/gen2brain/webp v0.5.5 and gen2brain/jpegxl v0.4.5 (MIT) compile them to
// WebAssembly; wazero runs them. The modules themselves are not used, since they also link to the system's C libraries in a way that cells, which do without the C linker,
// cannot. So the same picture gives the same bytes on every machine.
//
// It is a package of its own so that programs which do not compare sizes do not carry the encoders.
package codecs

import (
	_ "embed"
	"fmt"
	"image"
	"io"

	"github.com/curious-go/curious/pkg/coding"
)

//go:embed libwebp.wasm.gz
var libwebp []byte

//go:embed libjxl.wasm.gz
var libjxl []byte

// Peers are WebP and JPEG XL, of each image by itself and of one sheet with all of them: coding.Compare(images, append(coding.Peers(), codecs.Peers()...)...).
func Peers() []coding.Peer {
	return []coding.Peer{
		{Name: "WebP, a file an image", Bytes: coding.EachAs(WebP)},
		{Name: "WebP, one sheet", Bytes: coding.SheetAs(WebP)},
		{Name: "JPEG XL, a file an image", Bytes: coding.EachAs(JPEGXL)},
		{Name: "JPEG XL, one sheet", Bytes: coding.SheetAs(JPEGXL)},
	}
}

var (
	webp = &program{name: "WebP", code: libwebp, most: 16383}
	jxl  = &program{name: "JPEG XL", code: libjxl, most: 1 << 16}
)

// WebP writes an image as lossless WebP, at the encoder's best settings.
func WebP(w io.Writer, m image.Image) error {
	const colourspace, quality, method, lossless, exact = 0, 100, 6, 1, 1
	return written(w, m, webp, colourspace, quality, method, lossless, exact)
}

// JPEGXL writes an image as lossless JPEG XL. The effort is 7 of 10: on small photographs 8 and 9 give larger files, and [JPEGXLBest] takes ten times as long.
func JPEGXL(w io.Writer, m image.Image) error { return written(w, m, jxl, 100, 7) }

// JPEGXLBest is [JPEGXL] at effort 10, which is worth its time on large images and sheets only.
func JPEGXLBest(w io.Writer, m image.Image) error { return written(w, m, jxl, 100, 10) }

func written(w io.Writer, m image.Image, p *program, settings ...uint64) error {
	file, err := p.encode(m, settings...)
	if err == nil {
		_, err = w.Write(file)
	}
	if err != nil {
		return fmt.Errorf("codecs: writing %s: %w", p.name, err)
	}
	return nil
}
