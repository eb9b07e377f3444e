// Package coding turns images into real bytes and back, as few as a model's nats promise.
//
// A density model that gives each pixel's distribution after those before it,
//
//	p(x) = Π_t p(x_t | x_1 … x_t−1),
//
// and an entropy coder are a lossless compressor: symbol t is written in −log₂ p(x_t | x_<t) bits, and the decoder, which knows x_<t already, computes the same
// distribution and reads it off. So the file is as long as the negative log-likelihood in bits (Rissanen 1976; Martin 1979's range coder; Duda 2009's ANS, which
// is used here, see [Stack]), but for a header of 123 bytes and what rounding the distributions to whole numbers costs, see [Quantise]. The price is time:
// decoding is sampling with the coins replaced by the file.
//
// [Encode] writes a file, [Decode] reads it, [Compare] holds it against PNG and gzip, and against WebP and JPEG XL by package codecs. A model is known here by the interface [Conditionals], and nothing else.
//
// Encoder and decoder must compute the same distributions to the last bit. Both are one loop, which runs the same program on batches of the same size in the same
// order, the last one filled up with zeros. That is enough on one machine. Another engine, another number of cores or another card may round otherwise; then the
// pixels come out wrong, their checksum shows it, and Decode returns an error that names both engines. Wrong pixels are never returned.
//
// Letters: N images, B of them side by side in a batch, H W C their height, width and channels, T = H·W·C symbols of an image, K levels of a symbol.
package coding

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/curious-go/curious/pkg/data"
)

// Conditionals is what an autoregressive model offers a coder: the distribution of one symbol after another, for some images at once.
//
// Symbols come in the order of memory, [H,W,C]: rows from the top, and of each pixel R, G, B. A model with another order also is [Ordered].
// What else the decoder has to know, such as classes, the model holds, and its fingerprint covers.
type Conditionals interface {
	// Size is that of the images, and the levels K of a symbol, 2 to 256. A video of T frames is an image of T·H rows.
	Size() (height, width, channels, levels int)
	// Fingerprint is a SHA-256 of the weights and of the configuration: of all that the distributions depend on.
	Fingerprint() ([32]byte, error)
	// Start begins a batch: images from, from+1, … of the file, side by side. Those beyond the last image are filling, of zeros. It may be called at any time.
	Start(from, images int) error
	// Next takes the symbols just coded, one for each image of the batch, or nil at first, and gives the logits of the next ones, [B,K] row by row:
	// p(x_t = k | x_<t) = softmax(logits)_k. It is called T times in a batch. Neither side keeps the other's slice beyond the next call.
	Next(previous []uint8) (logits []float32, err error)
}

// Ordered is a model that codes symbols in another order: Order()[t] is the place in [H,W,C] of the t-th of an image, and a permutation of all.
type Ordered interface{ Order() []int }

// Placed is a model that says where it computes, as "xla:cpu", in at most 20 bytes. A file keeps it, for the error of a decoder that computes elsewhere.
type Placed interface{ Engine() string }

// batch is how many images are coded side by side at most.
const batch = 64

// Stats is what coding took.
type Stats struct {
	Images int
	Dims   int     // symbols of an image, H·W·C
	Bits   int     // of the file
	NLL    float64 // bits that the model promises: the sum of −log₂ p(x) over images
}

// BitsPerDim is the file's bits for each symbol, header included.
func (s Stats) BitsPerDim() float64 { return float64(s.Bits) / float64(s.Images*s.Dims) }

// Header is the bits of the file that every file has.
func (s Stats) Header() int { return 8 * constant }

// Overhead is by which part the file without [Stats.Header] is longer than NLL. It is negative if symbols came that the model held for rarer than 2^−24.
func (s Stats) Overhead() float64 { return float64(s.Bits-s.Header())/s.NLL - 1 }

// String is one line: "100 images in 1542 bytes, 0.1573 bits/dim: 11341.3 bits of the model's, 10.7 of the coder's, 984 of the header's".
func (s Stats) String() string {
	coder := float64(s.Bits-s.Header()) - s.NLL
	return fmt.Sprintf("%d images in %d bytes, %.4f bits/dim: %.1f bits of the model's, %.1f of the coder's, %d of the header's", s.Images, s.Bits/8, s.BitsPerDim(), s.NLL, coder, s.Header())
}

// Encode writes images as the model codes them. Their Labels and Factors are not written.
//
// It fails on images that are not of the model's size or levels, or hold values beyond their levels; on logits that are no distribution; and if w does.
func Encode(w io.Writer, m Conditionals, images data.Images) (Stats, error) {
	stats, err := encode(w, m, images)
	if err != nil {
		return Stats{}, fmt.Errorf("coding: encoding: %w", err)
	}
	return stats, nil
}

func encode(w io.Writer, m Conditionals, images data.Images) (Stats, error) {
	c, err := newCodec(m)
	if err != nil {
		return Stats{}, err
	}
	if err := c.checkImages(images); err != nil {
		return Stats{}, err
	}
	passes := (images.N + batch - 1) / batch
	c.batch = (images.N + passes - 1) / passes // 65 images are 33 and 32, not 64 and 1
	message := NewStack()
	size := c.size()
	stats := Stats{Images: images.N, Dims: size}
	for from := 0; from < images.N; from += c.batch {
		n := min(c.batch, images.N-from)
		intervals := make([]Interval, 0, n*size)
		err := c.walk(from, n, func(i, place int, logits []float32, f Frequencies) (uint8, error) {
			symbol := images.Pix[(from+i)*size+place]
			intervals = append(intervals, f.Interval(int(symbol)))
			stats.NLL += surprise(logits, int(symbol))
			return symbol, nil
		})
		if err != nil {
			return Stats{}, err
		}
		for t := len(intervals) - 1; t >= 0; t-- { // last in, first out
			if err := message.Push(intervals[t]); err != nil {
				return Stats{}, err
			}
		}
	}
	file := c.header(images).bytes(message)
	stats.Bits = 8 * len(file)
	if _, err := w.Write(file); err != nil {
		return Stats{}, fmt.Errorf("writing: %w", err)
	}
	return stats, nil
}

// Decode reads the images of a file that [Encode] wrote with a model of the same fingerprint.
//
// It fails, and returns no pixels, on a file that is cut off, altered, continued or not one of these; on one of another model; and when the model's
// distributions are not those of the encoder to the last bit. It takes as much memory as the images that the file really holds, up to 2^30 symbols.
func Decode(r io.Reader, m Conditionals) (data.Images, error) {
	images, err := decode(r, m)
	if err != nil {
		return data.Images{}, fmt.Errorf("coding: decoding: %w", err)
	}
	return images, nil
}

func decode(r io.Reader, m Conditionals) (data.Images, error) {
	c, err := newCodec(m)
	if err != nil {
		return data.Images{}, err
	}
	h, err := readHeader(r)
	if err != nil {
		return data.Images{}, err
	}
	if err := h.check(c.shape, c.fingerprint); err != nil {
		return data.Images{}, err
	}
	message, err := h.readMessage(r)
	if err != nil {
		return data.Images{}, err
	}
	c.batch = int(h.Batch)
	images := data.Images{N: int(h.Images), H: c.height, W: c.width, C: c.channels, Levels: c.levels}
	size := c.size()
	var batches [][]uint8 // the last one first: the order of the stack
	for end := images.N; end > 0; {
		from := (end - 1) / c.batch * c.batch
		pixels := make([]uint8, (end-from)*size)
		err := c.walk(from, end-from, func(i, place int, _ []float32, f Frequencies) (uint8, error) {
			k, interval, err := f.Find(message.Peek())
			if err != nil {
				return 0, err
			}
			pixels[i*size+place] = uint8(k)
			return uint8(k), message.Pop(interval)
		})
		if errors.Is(err, ErrEmpty) {
			return data.Images{}, c.astray(h)
		}
		if err != nil {
			return data.Images{}, err
		}
		batches = append(batches, pixels)
		end = from
	}
	for i := len(batches) - 1; i >= 0; i-- {
		images.Pix = append(images.Pix, batches[i]...)
	}
	if !message.Empty() || checksum(images.Pix) != h.Pixels {
		return data.Images{}, c.astray(h)
	}
	return images, nil
}

// surprise is −log₂ softmax(logits)_k, exact also where the probability is nearly 1.
func surprise(logits []float32, k int) float64 {
	best := 0
	for j, l := range logits {
		if l > logits[best] {
			best = j
		}
	}
	others := 0.0
	for j, l := range logits {
		if j != best {
			others += math.Exp(float64(l) - float64(logits[best]))
		}
	}
	return (math.Log1p(others) + (float64(logits[best]) - float64(logits[k]))) / math.Ln2
}
