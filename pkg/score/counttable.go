package score

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/nn"
)

// CountTable is the simplest density model of binary images that is any good: a table of how often a pixel was on, given its neighbours.
//
//	p(x) = ∏_i p(x_i | x_{i+template}),   p(1 | context) = (n₁ + ½) / (n₀ + n₁ + 1)
//
// The ½ is the estimator of Krichevsky and Trofimov, so that nothing ever costs infinitely much. Neighbours beyond the edge count as off. A deep
// model that does not beat a table of ten neighbours has learned nothing that one could not count.
//
// The zero value is a table without neighbours, one pixel at a time; Fit fills it.
type CountTable struct {
	Name     string  // for tables and figures: "left, up"
	Template nn.Taps // the neighbours that it looks at, at most 12, each before the pixel in raster order
	Shared   bool    // one table for all positions; otherwise each position has its own
	Uniform  bool    // stays ignorant: every pixel costs log 2, whatever it is fitted on

	h, w int
	cost []float64 // nats, [position, context, value of the pixel]; the first axis is missing when Shared
}

const maxTaps = 12 // a table for each position of 28×28 then takes 80 MB

// The templates of the ladder, nearest neighbours first.
var (
	left      = nn.Taps{{Row: 0, Col: -1}}
	leftUp    = append(left[:1:1], nn.Tap{Row: -1, Col: 0})
	four      = append(leftUp[:2:2], nn.Taps{{Row: -1, Col: -1}, {Row: -1, Col: 1}}...)
	six       = append(four[:4:4], nn.Taps{{Row: 0, Col: -2}, {Row: -2, Col: 0}}...)
	jbig      = append(six[:6:6], nn.Taps{{Row: -1, Col: -2}, {Row: -1, Col: 2}, {Row: -2, Col: -1}, {Row: -2, Col: 1}}...)
	templates = []struct {
		own, shared string
		taps        nn.Taps
	}{
		{"independent pixels", "one probability", nil},
		{"left", "left, shared", left},
		{"left, up", "left, up, shared", leftUp},
		{"4 neighbours", "4 neighbours, shared", four},
		{"6 neighbours", "6 neighbours, shared", six},
		{"10 neighbours", "10 neighbours, shared", jbig},
	}
)

// TenNeighbours is the ladder's last rung, not yet fitted: the line under which a model of binary images counts as working.
func TenNeighbours() *CountTable { return &CountTable{Name: "10 neighbours", Template: jbig} }

// TenNeighboursNats is what binary images cost under that line, learned from others. Of images whose pixels are chances, a draw of that seed is taken.
func TenNeighboursNats(learned, images data.Images, seed int64) (Estimate, error) {
	table := TenNeighbours()
	if err := table.Fit(learned.Drawn(seed)); err != nil {
		return Estimate{}, err
	}
	return table.Nats(images.Drawn(seed))
}

// Ladder fits the yardsticks that every density model of binary images is held against: the uniform code, one probability for all pixels, then tables
// for each position, from independent pixels to the ten neighbours of JBIG's template, and then those with one table that all positions share.
func Ladder(train data.Images) ([]*CountTable, error) {
	if err := binary(train); err != nil {
		return nil, fmt.Errorf("score: fitting the ladder: %w", err)
	}
	columns := transpose(train)
	uniform := &CountTable{Name: "uniform", Uniform: true}
	uniform.learn(nil, train.H, train.W)
	var own, shared []*CountTable
	for _, template := range templates {
		a := &CountTable{Name: template.own, Template: template.taps}
		b := &CountTable{Name: template.shared, Template: template.taps, Shared: true}
		counts := a.count(columns, train.H, train.W)
		a.learn(counts, train.H, train.W)
		b.learn(counts, train.H, train.W)
		own, shared = append(own, a), append(shared, b)
	}
	return slices.Concat([]*CountTable{uniform, shared[0]}, own, shared[1:]), nil
}

// Fit counts the images, which are binary, of one channel, and at least one. What was counted before is forgotten.
func (t *CountTable) Fit(images data.Images) error {
	doing := fmt.Sprintf("score: fitting the table %q", t.Name)
	if err := binary(images); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if len(t.Template) > maxTaps {
		return fmt.Errorf("%s: %d neighbours: at most %d", doing, len(t.Template), maxTaps)
	}
	for _, tap := range t.Template {
		if tap.Row > 0 || tap.Row == 0 && tap.Col >= 0 {
			return fmt.Errorf("%s: the neighbour %d down and %d right comes after the pixel in raster order: take earlier ones", doing, tap.Row, tap.Col)
		}
	}
	t.learn(t.count(transpose(images), images.H, images.W), images.H, images.W)
	return nil
}

// count is how often each position was off and on in each context: [position, context, value].
func (t *CountTable) count(columns [][]uint8, h, w int) []uint32 {
	size := 2 << len(t.Template)
	counts := make([]uint32, h*w*size)
	parallel(h*w, func(position int) {
		here := counts[position*size : (position+1)*size]
		column := columns[position]
		for n, context := range t.contexts(columns, position, w) {
			here[2*int(context)+int(column[n])]++
		}
	})
	return counts
}

// learn turns counts into costs.
func (t *CountTable) learn(counts []uint32, h, w int) {
	t.h, t.w = h, w
	size := 2 << len(t.Template)
	if t.Shared || t.Uniform {
		sum := make([]uint32, size)
		for i, n := range counts {
			if !t.Uniform {
				sum[i%size] += n
			}
		}
		counts = sum
	}
	t.cost = make([]float64, len(counts))
	for i := 0; i < len(counts); i += 2 {
		off, on := float64(counts[i])+0.5, float64(counts[i+1])+0.5
		t.cost[i], t.cost[i+1] = math.Log((off+on)/off), math.Log((off+on)/on)
	}
}

// contexts is what the template shows of each image at a position, one bit a neighbour.
func (t *CountTable) contexts(columns [][]uint8, position, w int) []uint16 {
	contexts := make([]uint16, len(columns[position]))
	row, col := position/w, position%w
	for bit, tap := range t.Template {
		r, c := row+tap.Row, col+tap.Col
		if r < 0 || c < 0 || c >= w {
			continue
		}
		for n, x := range columns[r*w+c] {
			contexts[n] |= uint16(x) << bit
		}
	}
	return contexts
}

// table is the part of the costs that serves a position.
func (t *CountTable) table(position int) []float64 {
	if t.Shared || t.Uniform {
		return t.cost
	}
	size := 2 << len(t.Template)
	return t.cost[position*size : (position+1)*size]
}

// LogProb is log p(image) in nats, for pixels of 0 and 1 in raster order. It fails before Fit, and on an image of another size.
func (t *CountTable) LogProb(image []uint8) (float64, error) {
	if err := t.fits(1, t.h, t.w); err != nil {
		return 0, err
	}
	if len(image) != t.h*t.w {
		return 0, fmt.Errorf("score: scoring with the table %q: %d pixels: it was fitted on %d×%d", t.Name, len(image), t.h, t.w)
	}
	sum := 0.0
	for i, x := range image {
		if x > 1 {
			return 0, fmt.Errorf("score: scoring with the table %q: a pixel of %d: the table is for 0 and 1", t.Name, x)
		}
		sum -= t.table(i)[2*t.context(image, i)+int(x)]
	}
	return sum, nil
}

func (t *CountTable) context(image []uint8, position int) int {
	context := 0
	row, col := position/t.w, position%t.w
	for bit, tap := range t.Template {
		if r, c := row+tap.Row, col+tap.Col; r >= 0 && c >= 0 && c < t.w {
			context |= int(image[r*t.w+c]) << bit
		}
	}
	return context
}

// Nats is what the images cost under the table. It fails before Fit, and on images of another size or with more than two levels.
func (t *CountTable) Nats(images data.Images) (Estimate, error) {
	if err := binary(images); err != nil {
		return Estimate{}, fmt.Errorf("score: scoring with the table %q: %w", t.Name, err)
	}
	if err := t.fits(images.N, images.H, images.W); err != nil {
		return Estimate{}, err
	}
	const block = 500
	each := make([]float64, images.N)
	parallel((images.N+block-1)/block, func(b int) {
		from, to := b*block, min((b+1)*block, images.N)
		size := t.h * t.w
		part := images
		part.N, part.Pix = to-from, images.Pix[from*size:to*size]
		columns := transpose(part)
		for position, column := range columns {
			cost := t.table(position)
			for n, context := range t.contexts(columns, position, t.w) {
				each[from+n] += cost[2*int(context)+int(column[n])]
			}
		}
	})
	return NewEstimate(each, t.h*t.w), nil
}

// Sample draws an image of 0 and 1, pixel by pixel in raster order. It is nil before Fit.
func (t *CountTable) Sample(random *rand.Rand) []uint8 {
	if t.cost == nil {
		return nil
	}
	image := make([]uint8, t.h*t.w)
	for i := range image {
		if random.Float64() < math.Exp(-t.table(i)[2*t.context(image, i)+1]) {
			image[i] = 1
		}
	}
	return image
}

func (t *CountTable) fits(n, h, w int) error {
	if t.cost == nil {
		return fmt.Errorf("score: scoring with the table %q: it has counted nothing yet: call Fit first", t.Name)
	}
	if h != t.h || w != t.w {
		return fmt.Errorf("score: scoring with the table %q: images of %d×%d: it was fitted on %d×%d", t.Name, h, w, t.h, t.w)
	}
	return nil
}

func binary(images data.Images) error {
	if images.N < 1 || images.C != 1 || len(images.Pix) != images.N*images.H*images.W {
		return fmt.Errorf("%d images of %d×%d×%d with %d pixels in all: a table takes one image or more, of one channel", images.N, images.H, images.W, images.C, len(images.Pix))
	}
	for _, x := range images.Pix {
		if x > 1 {
			return fmt.Errorf("a pixel of %d: a table takes 0 and 1: binarise the images first", x)
		}
	}
	return nil
}

// transpose turns images into columns: [position][image]. Counting then walks memory in order.
func transpose(images data.Images) [][]uint8 {
	size := images.H * images.W
	all := make([]uint8, len(images.Pix))
	columns := make([][]uint8, size)
	for i := range columns {
		columns[i] = all[i*images.N : (i+1)*images.N]
	}
	const tile = 64
	parallel((images.N+tile-1)/tile, func(b int) {
		for n := b * tile; n < min((b+1)*tile, images.N); n++ {
			for i, x := range images.Pix[n*size : (n+1)*size] {
				columns[i][n] = x
			}
		}
	})
	return columns
}

// parallel calls do(0) … do(n-1), on all cores.
func parallel(n int, do func(i int)) {
	var wait sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), n)
	for worker := range workers {
		wait.Go(func() {
			for i := worker; i < n; i += workers {
				do(i)
			}
		})
	}
	wait.Wait()
}
