package coding

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/bits"

	"github.com/curious-go/curious/pkg/data"
)

// Peer is another way to write the same images without loss.
type Peer struct {
	Name  string
	Bytes func(images data.Images) (int, error) // what all of them take
}

// Peers are the ways that Go's own library offers, all at their best settings: raw pixels, packed to as few bits as their levels need; gzip of these;
// PNG, of each image by itself, and of one sheet with all of them, which spares the headers and lets an image repeat what was in another.
func Peers() []Peer {
	return []Peer{
		{"raw", func(images data.Images) (int, error) { return len(packed(images)), nil }},
		{"gzip −9", gzipped},
		{"PNG, a file an image", EachAs(encodePNG)},
		{"PNG, one sheet", SheetAs(encodePNG)},
	}
}

// Coded is the peer that is a model's own file, for the last line of a table. It fails on other images than it was coded from, as far as their number and size tell.
func Coded(name string, stats Stats) Peer {
	return Peer{name, func(images data.Images) (int, error) {
		if dims := images.H * images.W * images.C; stats.Images != images.N || stats.Dims != dims {
			return 0, fmt.Errorf("it holds %d images of %d symbols, not %d of %d: code the same images", stats.Images, stats.Dims, images.N, dims)
		}
		return stats.Bits / 8, nil
	}}
}

// EachAs writes each image with an encoder such as png.Encode. Of images with neither 1 nor 3 channels, these stand side by side, pixel by pixel.
func EachAs(encode func(w io.Writer, m image.Image) error) func(data.Images) (int, error) {
	return func(images data.Images) (int, error) {
		sum := 0
		var file bytes.Buffer
		for i := range images.N {
			file.Reset()
			if err := encode(&file, sheet(images.Range(i, i+1))); err != nil {
				return 0, fmt.Errorf("image %d: %w", i, err)
			}
			sum += file.Len()
		}
		return sum, nil
	}
}

// SheetAs writes all images, one below another, as one.
func SheetAs(encode func(w io.Writer, m image.Image) error) func(data.Images) (int, error) {
	return func(images data.Images) (int, error) {
		var file bytes.Buffer
		err := encode(&file, sheet(images))
		return file.Len(), err
	}
}

// Size is one line of [Compare].
type Size struct {
	Name       string
	Bytes      int
	BitsPerDim float64 // bits for each of the images' N·H·W·C values
}

// Sizes is what [Compare] returns.
type Sizes []Size

// Compare writes the same images in each of these ways: coding.Compare(images, append(coding.Peers(), coding.Coded("PixelCNN", stats))...).
func Compare(images data.Images, peers ...Peer) (Sizes, error) {
	s := shapeOf(images)
	err := s.check()
	if err == nil {
		err = s.checkImages(images)
	}
	if err != nil {
		return nil, fmt.Errorf("coding: comparing sizes: %w", err)
	}
	dims := len(images.Pix)
	sizes := make(Sizes, 0, len(peers))
	for _, p := range peers {
		n, err := p.Bytes(images)
		if err != nil {
			return nil, fmt.Errorf("coding: comparing sizes: %s: %w", p.Name, err)
		}
		sizes = append(sizes, Size{p.Name, n, 8 * float64(n) / float64(dims)})
	}
	return sizes, nil
}

// Rows is the sizes as text, the last column how many times as long as the last line's each is.
func (s Sizes) Rows() (header []string, rows [][]string) {
	header = []string{"file", "bytes", "bits/dim", "times the last"}
	for _, size := range s {
		last := s[len(s)-1]
		rows = append(rows, []string{size.Name, fmt.Sprint(size.Bytes), fmt.Sprintf("%.4f", size.BitsPerDim), fmt.Sprintf("%.2f", float64(size.Bytes)/float64(last.Bytes))})
	}
	return header, rows
}

// packed is the pixels with no bit more than their levels need, the first in the highest bits: 1 for binary ones.
func packed(images data.Images) []byte {
	width := bits.Len(uint(images.Levels - 1))
	out := make([]byte, 0, (len(images.Pix)*width+7)/8)
	var window uint32
	filled := 0
	for _, v := range images.Pix {
		window = window<<width | uint32(v)
		if filled += width; filled >= 8 {
			filled -= 8
			out = append(out, byte(window>>filled))
		}
	}
	if filled > 0 {
		out = append(out, byte(window<<(8-filled)))
	}
	return out
}

func gzipped(images data.Images) (int, error) {
	var file bytes.Buffer
	z, err := gzip.NewWriterLevel(&file, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(packed(images))
	}
	if err == nil {
		err = z.Close()
	}
	return file.Len(), err
}

func encodePNG(w io.Writer, m image.Image) error {
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	return encoder.Encode(w, m)
}

// sheet is all images, one below another, with the values as they are: as a palette of greys if there are at most 16, which PNG writes in 1, 2 or 4 bits.
func sheet(images data.Images) image.Image {
	height := images.N * images.H
	if images.C == 3 {
		colour := image.NewNRGBA(image.Rect(0, 0, images.W, height))
		for i := range images.W * height {
			copy(colour.Pix[4*i:], images.Pix[3*i:3*i+3])
			colour.Pix[4*i+3] = 255
		}
		return colour
	}
	width := images.W * images.C
	rect := image.Rect(0, 0, width, height)
	if images.Levels > 16 {
		return &image.Gray{Pix: images.Pix, Stride: width, Rect: rect}
	}
	greys := make(color.Palette, images.Levels)
	for v := range greys {
		greys[v] = color.Gray{Y: uint8(v * 255 / (images.Levels - 1))}
	}
	return &image.Paletted{Pix: images.Pix, Stride: width, Rect: rect, Palette: greys}
}
