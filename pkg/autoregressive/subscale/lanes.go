package subscale

import (
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/curious-go/curious/pkg/nn"
)

// drawWave draws what the part draws of all images, choosing symbol t of image b as told. t counts as in [Config.Order].
func (p *programs) drawWave(s *Stepper, first int, choose func(t, b int, logits []float32) uint8) (err error) {
	height, width := p.size()
	reach, lanes, k := p.reach(), p.lanes(), p.levels()
	n := p.batch * lanes
	cache := zeros(append(p.embedCache(n), p.part.rowCache(n)...))
	defer func() { free(cache) }()
	drawn := make([]float32, n*width*p.Colours) // [N,w,C], the row just drawn
	for tick := -reach; tick < p.ticks(); tick++ {
		slices := p.slicesAt(tick)
		outputs, err := p.advance(s, tick, slices, drawn, cache)
		if err != nil {
			return err
		}
		free(cache)
		above := outputs[:width]
		cache = outputs[width:]
		if tick >= 0 {
			err = p.drawRow(n, above, func(col, colour int, logits []float32, drawnNow []float32) {
				for lane, slice := range slices {
					row := tick - slice*(reach+1)
					if slice < 0 || row < 0 || row >= height {
						continue
					}
					t := first + ((slice*height+row)*width+col)*p.Colours + colour
					for b := range p.batch {
						i := b*lanes + lane
						level := choose(t, b, logits[i*k:(i+1)*k])
						s.canvas[b*s.each()+s.symbols[t].place] = level
						value := float32(level) / float32(k-1)
						drawnNow[i*p.Colours+colour] = value
						drawn[(i*width+col)*p.Colours+colour] = value
					}
				}
			})
		}
		free(above)
		if err != nil {
			return err
		}
	}
	return nil
}

// slicesAt is which slice is in each lane at a tick, or −1.
func (p part) slicesAt(tick int) []int {
	height, _ := p.size()
	lag, list := p.reach()+1, make([]int, p.lanes())
	for lane := range list {
		list[lane] = -1
		for slice := lane; slice < p.slices(); slice += len(list) {
			if row := tick - slice*lag; row >= -p.reach() && row < height {
				list[lane] = slice
			}
		}
	}
	return list
}

// advance calls the program of [part.wave].
func (p *programs) advance(s *Stepper, tick int, slices []int, drawn []float32, cache []*tensors.Tensor) ([]*tensors.Tensor, error) {
	height, width := p.size()
	reach, lanes := p.reach(), len(slices)
	n := p.batch * lanes
	told := make([]float32, n*width*p.inputs())
	var where, flags []float32
	for lane, slice := range slices {
		row := tick - slice*(reach+1)
		if slice < 0 {
			row = -reach - 1 // in a lane that waits, nothing came before, and no row is one of the image
		}
		flags = append(flags, truth(row > -reach), truth(row > 0))
		for i := range p.Blocks {
			into := row + (p.Blocks-i)*(p.Kernel/2)
			flags = append(flags, truth(into >= 0 && into < height))
		}
		at := min(max(row+p.Blocks*(p.Kernel/2), 0), height-1)
		if p.inputs() == 0 {
			at = row
		}
		for col := range width {
			where = append(where, p.place(max(slice, 0), at, col)...)
		}
		for b := range p.batch {
			i := b*lanes + lane
			if into := row + reach; p.inputs() > 0 && slice >= 0 && into >= 0 && into < height {
				p.toldRow(s, b, p.from+slice, into, told[i*width*p.inputs():(i+1)*width*p.inputs()])
			}
			if row <= 0 {
				clear(drawn[i*width*p.Colours : (i+1)*width*p.Colours])
			}
		}
	}
	inputs := []*tensors.Tensor{
		floats(drawn, n, 1, width, p.Colours), floats(told, n, 1, width, p.inputs()),
		floats(where, lanes, 1, width, len(where)/lanes/width), floats(flags, lanes, len(flags)/lanes),
	}
	defer free(inputs)
	return call(p.waves, append(inputs[:len(inputs):len(inputs)], cache...))
}

func truth(is bool) float32 {
	if is {
		return 1
	}
	return 0
}

// toldRow is a row of what [part.told] gives for one slice of one image: into [w,I].
func (p *programs) toldRow(s *Stepper, b, slice, row int, into []float32) {
	_, width := p.size()
	values, reach := p.planes()*p.Colours, p.side-1
	at := 0
	level := func(slice nn.Tap, col, plane, colour int) uint8 {
		y, x := p.every*(row*p.side+slice.Row), p.every*(col*p.side+slice.Col)
		return s.canvas[b*s.each()+(y*p.Width+x)*values+plane*p.Colours+colour]
	}
	for col := range width {
		beside := func(taps nn.Taps, plane, bits int) {
			for _, tap := range taps {
				other := nn.Tap{Row: slice/p.side + tap.Row, Col: slice%p.side + tap.Col}
				for colour := range p.Colours {
					if other.Row >= 0 && other.Row < p.side && other.Col >= 0 && other.Col < p.side {
						into[at] = float32(level(other, col, plane, colour)) / float32(int(1)<<bits-1)
					}
					at++
				}
			}
		}
		if p.side > 1 {
			beside(nn.MaskA(2*p.side-1), p.plane(), p.bits)
		}
		if p.known > 0 {
			beside(nn.Box(-reach, reach, -reach, reach), 0, p.known)
			for colour := range p.Colours {
				into[at+int(level(nn.Tap{Row: slice / p.side, Col: slice % p.side}, col, 0, colour))] = 1
				at += 1 << p.known
			}
		}
	}
}

// drawRow goes along a row in all lanes: at each pixel and colour, chosen is given the logits [N,K] and fills in what was chosen, [N,C].
func (p *programs) drawRow(n int, above []*tensors.Tensor, chosen func(col, colour int, logits, drawn []float32)) error {
	cache := zeros(p.part.pixelCache(n))
	defer func() { free(cache) }()
	drawn := make([]float32, n*p.Colours)
	for col := range above {
		left := floats(drawn, n, p.Colours)
		outputs, err := call(p.pixels, append([]*tensors.Tensor{left, above[col]}, cache...))
		free(append(cache, left))
		cache = nil
		if err != nil {
			return err
		}
		features := outputs[1]
		cache = outputs[2:]
		drawn = make([]float32, n*p.Colours)
		logits := outputs[0]
		for colour := range p.Colours {
			if colour > 0 {
				before := make([]float32, 0, n*colour)
				for i := range n {
					before = append(before, drawn[i*p.Colours:i*p.Colours+colour]...)
				}
				inputs := []*tensors.Tensor{floats(before, n, colour)}
				outputs, err := call(p.colours[colour-1], []*tensors.Tensor{features, inputs[0]})
				free(inputs)
				if err != nil {
					free([]*tensors.Tensor{features})
					return err
				}
				logits = outputs[0]
			}
			flat, err := tensors.CopyFlatData[float32](logits)
			free([]*tensors.Tensor{logits})
			if err != nil {
				free([]*tensors.Tensor{features})
				return err
			}
			chosen(col, colour, flat, drawn)
		}
		free([]*tensors.Tensor{features})
	}
	return nil
}
