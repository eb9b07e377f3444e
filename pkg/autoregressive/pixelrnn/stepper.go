package pixelrnn

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Net is what both models of this package are: [Config] and [MultiScale].
type Net interface {
	Check() error
	LogProb(scope *model.Scope, x *Node) *Node
	Parameters() int
}

// Stepper gives the distribution of one symbol after another, for images that come into being meanwhile: for drawing them, and for coding. A symbol is a colour of a
// pixel. They come in the order of memory, [H,W,C], or a multi-scale net's small image first. Equal pixels give equal logits, to the last bit, as long as the number
// of images, the engine and the machine are the same.
type Stepper struct {
	backend compute.Backend
	store   *model.Store
	images  int
	order   []int
	t       int   // the symbol whose logits come next
	large   *walk // the net, or the larger of two
	small   *walk // nil for a net by itself
	multi   MultiScale
	tell    *model.Exec
}

// NewStepper prepares programs for the net whose weights are in the store; naive ones run the whole net for each symbol. Start begins.
func NewStepper(backend compute.Backend, store *model.Store, net Net, naive bool) (*Stepper, error) {
	if err := net.Check(); err != nil {
		return nil, err
	}
	s := &Stepper{backend: backend, store: store}
	var err error
	switch net := net.(type) {
	case Config:
		if net.Told > 0 {
			return nil, fmt.Errorf("pixelrnn: stepping: the net wants to be told %d features: use it as MultiScale.Large, or set Told to 0", net.Told)
		}
		s.large, err = newWalk(backend, store, net, func(scope *model.Scope) *model.Scope { return scope }, naive)
	case MultiScale:
		s.multi = net.withDefaults()
		s.large, err = newWalk(backend, store, s.multi.Large, func(scope *model.Scope) *model.Scope { return scope.In("large") }, naive)
		if err == nil {
			s.small, err = newWalk(backend, store, s.multi.Small, func(scope *model.Scope) *model.Scope { return scope.In("small") }, naive)
		}
		if err == nil {
			s.tell, err = model.NewExec(backend, store, func(scope *model.Scope, x *Node) *Node {
				return s.multi.tell(scope, x, s.multi.Large.Height, s.multi.Large.Width)
			})
		}
	default:
		err = fmt.Errorf("%T cannot be run pixel by pixel", net)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("pixelrnn: stepping: %w", err)
	}
	s.order = order(s.large.Height, s.large.Width, s.large.Colours, s.small != nil)
	return s, nil
}

// order is that of symbols, as places in [H,W,C]: those of the small image first, where there is one.
func order(height, width, colours int, multi bool) []int {
	var first, rest []int
	for i := range height * width * colours {
		row, col := i/colours/width, i/colours%width
		if multi && row%2 == 0 && col%2 == 0 {
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(first, rest...)
}

// Size is that of the images, and the levels of a symbol.
func (s *Stepper) Size() (height, width, colours, levels int) {
	return s.large.Height, s.large.Width, s.large.Colours, s.large.Levels
}

// Order says where in [H,W,C] the t-th symbol of an image stands.
func (s *Stepper) Order() []int { return s.order }

// Start begins that many new images, side by side.
func (s *Stepper) Start(images int) error {
	if images < 1 {
		return fmt.Errorf("pixelrnn: stepping: %d images: ask for one at least", images)
	}
	s.images, s.t = images, 0
	if s.small == nil {
		s.large.start(images, nil)
		return nil
	}
	s.small.start(images, nil)
	s.large.start(images, make([]float32, images*s.large.Height*s.large.Width*s.large.Told))
	return nil
}

// Next takes the levels of the symbols just decided, one an image and nil at first, and gives the logits of the next, [B,K]: p(k) = softmax(logits)_k.
func (s *Stepper) Next(previous []uint8) (logits []float32, err error) {
	switch {
	case s.images == 0 || s.t == len(s.order):
		return nil, fmt.Errorf("pixelrnn: stepping: symbol %d of %d: call Start for new images", s.t, len(s.order))
	case s.t > 0 && len(previous) != s.images || s.t == 0 && len(previous) != 0:
		return nil, fmt.Errorf("pixelrnn: stepping: %d symbols for %d images at symbol %d: give the one just decided of each, and none at first", len(previous), s.images, s.t)
	}
	s.write(previous)
	if s.small != nil && s.t < len(s.small.x)/s.images {
		logits, err = s.small.next()
	} else {
		logits, err = s.nextLarge()
	}
	if err != nil {
		return nil, fmt.Errorf("pixelrnn: stepping: %w", err)
	}
	s.t++
	if s.large.Levels > 2 {
		return logits, nil
	}
	both := make([]float32, 2*len(logits)) // softmax(0, l) = (1−σ(l), σ(l))
	for b, l := range logits {
		both[2*b+1] = l
	}
	return both, nil
}

// write puts the symbols just decided to their places.
func (s *Stepper) write(levels []uint8) {
	for b, level := range levels {
		v := float32(level) / float32(s.large.Levels-1)
		s.large.x[b*len(s.order)+s.order[s.t-1]] = v
		if s.small != nil {
			if each := len(s.small.x) / s.images; s.t-1 < each {
				s.small.x[b*each+s.t-1] = v
			}
		}
	}
}

func (s *Stepper) nextLarge() (logits []float32, err error) {
	if s.small != nil && s.t == len(s.small.x)/s.images {
		x := tensors.FromFlatDataAndDimensions(s.small.x, s.images, s.small.Height, s.small.Width, s.small.Colours)
		told, err := s.tell.Call(x)
		if err != nil {
			return nil, err
		}
		s.large.told, err = tensors.CopyFlatData[float32](told[0])
		free(append(told, x))
		if err != nil {
			return nil, err
		}
	}
	if s.large.full != nil {
		s.large.t = s.order[s.t] // a full pass remembers nothing
	}
	for s.large.t < s.order[s.t] { // pixels of the small image are known, and only remembered
		if _, err := s.large.next(); err != nil {
			return nil, err
		}
	}
	return s.large.next()
}

// Close frees the programs and what they keep.
func (s *Stepper) Close() {
	for _, w := range []*walk{s.large, s.small} {
		if w != nil {
			w.close()
		}
	}
	if s.tell != nil {
		s.tell.Finalize()
	}
}
