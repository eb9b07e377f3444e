package show

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// encode turns a drawn figure into a PNG file. Most figures get by with 256 colours, which makes them a third of the size and twice
// as fast to write: the shades at the edges of lines and letters are merged, the colours of pictures stay. What has more colours stays as it is.
func (c *canvas) encode() ([]byte, error) {
	var buf bytes.Buffer
	var out image.Image = c.img
	if p := c.paletted(); p != nil {
		out = p
	}
	if err := png.Encode(&buf, out); err != nil {
		return nil, fmt.Errorf("show: encoding a picture: %w", err)
	}
	return buf.Bytes(), nil
}

// keep marks a colour as one that must not be merged with its neighbours.
func (c *canvas) keep(col color.RGBA) { c.kept.slot(colourOf(col.R, col.G, col.B)) }

// colourOf is an opaque colour as a number; no colour is 0.
func colourOf(r, g, b uint8) uint32 { return 0xff000000 | uint32(r)<<16 | uint32(g)<<8 | uint32(b) }

func colourAt(pix []uint8) uint32 { return colourOf(pix[0], pix[1], pix[2]) }

const slots = 1 << 12

// census counts colours in an open-addressed table; its zero value is ready. It is full at three quarters.
type census struct {
	keys  [slots]uint32 // 0 is an empty slot
	first [slots]uint32 // the colour first seen under the key
	count [slots]int
	used  int
}

func (c *census) full() bool { return c.used > slots*3/4 }

// find is the slot of a key, or the empty one where it belongs.
func (c *census) find(key uint32) int {
	i := key * 0x9e3779b1 >> 20
	for c.keys[i] != key && c.keys[i] != 0 {
		i = (i + 1) % slots
	}
	return int(i)
}

// slot is where a colour is counted, made if need be; -1 once there are too many colours.
func (c *census) slot(colour uint32) int {
	i := c.find(colour)
	if c.keys[i] == 0 {
		if c.full() {
			return -1
		}
		c.keys[i], c.first[i] = colour, colour
		c.used++
	}
	return i
}

// inks sorts the colours of a figure into those to keep and the rest, whose least bits do not count.
type inks struct {
	kept   *census
	loose  census
	coarse uint32 // the bits that count in loose
}

// slot is where a colour is counted: below slots in kept, above in loose.
func (k *inks) slot(colour uint32) int {
	if i := k.kept.find(colour); k.kept.keys[i] == colour {
		return i
	}
	i := k.loose.find(colour & k.coarse)
	if k.loose.keys[i] == 0 {
		if k.loose.full() {
			return -1
		}
		k.loose.keys[i], k.loose.first[i] = colour&k.coarse, colour
		k.loose.used++
	}
	return slots + i
}

func (k *inks) count(slot, n int) {
	if slot < slots {
		k.kept.count[slot] += n
	} else {
		k.loose.count[slot-slots] += n
	}
}

// add counts a picture's colours and says whether there was room for them.
func (k *inks) add(img *image.RGBA) bool {
	w := img.Bounds().Dx()
	var above []uint8
	for y := range img.Bounds().Dy() {
		row := img.Pix[y*img.Stride : y*img.Stride+4*w]
		if bytes.Equal(row, above) {
			continue // Enlarged pixels repeat whole rows, and a rough count will do.
		}
		above = row
		last, at := uint32(0), 0
		for x := 0; x < len(row); x += 4 {
			if colour := colourAt(row[x : x+4 : x+4]); colour != last {
				if last, at = colour, k.slot(colour); at < 0 {
					return false
				}
			}
			k.count(at, 1)
		}
	}
	return true
}

// paletted is the picture in at most 256 colours; nil if that would show.
func (c *canvas) paletted() *image.Paletted {
	img := c.img
	for _, col := range []color.RGBA{paper, ink, pencil, faint, axis} {
		c.keep(col)
	}
	if c.kept.full() {
		return nil
	}
	k := &inks{kept: &c.kept, coarse: 0xfff8f8f8}
	if !k.add(img) {
		k = &inks{kept: &c.kept, coarse: 0xfff0f0f0} // Thousands of points that overlap make thousands of shades.
		if !k.add(img) {
			return nil
		}
	}
	palette, index := k.choose()
	if palette == nil {
		return nil
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	out := image.NewPaletted(image.Rect(0, 0, w, h), palette)
	for y := range h {
		row, to := img.Pix[y*img.Stride:y*img.Stride+4*w], out.Pix[y*w:(y+1)*w]
		if y > 0 && bytes.Equal(row, img.Pix[(y-1)*img.Stride:(y-1)*img.Stride+4*w]) {
			copy(to, out.Pix[(y-1)*w:])
			continue
		}
		last, at := uint32(0), uint8(0)
		for x := range to {
			if colour := colourAt(row[4*x : 4*x+4 : 4*x+4]); colour != last {
				last, at = colour, index[k.slot(colour)]
			}
			to[x] = at
		}
	}
	return out
}

// choose picks at most 256 colours and tells, by slot, which stands for which: those to keep by one that the eye cannot tell from them,
// the rest by the nearest of the most used. It picks none if there are too many to keep.
func (k *inks) choose() (palette color.Palette, index []uint8) {
	type entry struct {
		slot, count int
		colour      uint32
	}
	list := func(c *census, from int) (out []entry) {
		for i, key := range c.keys {
			if key != 0 && c.count[i] > 0 {
				out = append(out, entry{from + i, c.count[i], c.first[i]})
			}
		}
		slices.SortFunc(out, func(a, b entry) int { return cmp.Or(b.count-a.count, cmp.Compare(a.colour, b.colour)) })
		return out
	}
	keep, rest := list(k.kept, 0), list(&k.loose, slots)
	index = make([]uint8, 2*slots)
	var chosen []uint32
	// take assigns entries in turn to a chosen colour within the radius, else to a new one, else, with all places taken, to the nearest.
	take := func(entries []entry, radius int, from []uint32) (fits bool) {
		chosen, fits = slices.Clone(from), true
		for _, e := range entries {
			near, best := 0, 1<<30
			for j, q := range chosen {
				if d := distance(q, e.colour); d < best {
					near, best = j, d
				}
			}
			if best > radius*radius {
				if len(chosen) < 256 {
					near = len(chosen)
					chosen = append(chosen, e.colour)
				} else {
					fits = false
				}
			}
			index[e.slot] = uint8(near)
		}
		return fits
	}
	const room = 40 // Places that the soft edges of two or three inks need.
	if !take(keep, 0, nil) || len(chosen) > 256-room {
		if !take(keep, 2, nil) || len(chosen) > 256-room {
			return nil, nil
		}
	}
	kept := chosen
	for _, radius := range []int{3, 6, 10, 16} {
		if take(rest, radius, kept) {
			break
		}
	}
	for _, q := range chosen {
		palette = append(palette, color.RGBA{uint8(q >> 16), uint8(q >> 8), uint8(q), 255})
	}
	return palette, index
}

// distance is the squared distance of two colours.
func distance(a, b uint32) int {
	dr, dg, db := int(a>>16&255)-int(b>>16&255), int(a>>8&255)-int(b>>8&255), int(a&255)-int(b&255)
	return dr*dr + dg*dg + db*db
}
