package subscale

// Parameters is how many weights the model has.
func (c Config) Parameters() int {
	c = c.withDefaults()
	affine := func(in, out int) int { return in*out + out }
	f := c.Channels
	sum := 0
	for _, p := range c.parts() {
		where := p.slices() + 2
		if p.slices() == 1 {
			where = 2
		}
		e, told := where, p.inputs()
		if told > 0 {
			e = f
			sum += affine(c.First*c.First*told, f) + affine(where, f) + c.Blocks*(affine(c.Kernel*c.Kernel*f, f)+affine(f, f))
			sum += c.Layers * affine(f, 2*f)
		}
		far, reach := c.First/2, c.Kernel/2
		sum += affine(c.First*far*c.Colours, f) + affine(far*c.Colours, f) + 2*affine(e, f)
		sum += c.Layers * (affine((reach+1)*c.Kernel*f, 2*f) + affine((reach+1)*f, 2*f) + affine(2*f, 2*f) + affine(f, f))
		sum += c.Colours * (affine(f, f) + affine(f, p.levels()))
		for colour := 1; colour < c.Colours; colour++ {
			sum += affine(colour*p.levels(), f)
		}
	}
	return sum
}

// inputs is I, how many numbers a pixel is told by other slices and depths, see [part.told].
func (p part) inputs() int {
	told := 0
	if p.side > 1 {
		told += 2 * p.side * (p.side - 1) * p.Colours
	}
	if p.known > 0 {
		grid := 2*p.side - 1
		told += (grid*grid + 1<<p.known) * p.Colours
	}
	return told
}

// Plain is a Gated PixelCNN with as many parameters, or a few more: what the model has to be held against. Each block of the embedding becomes a layer, and then
// the layers are widened.
func (c Config) Plain() Config {
	size := c.Parameters()
	c = c.withDefaults()
	if c.Slices == 1 && c.High == 0 {
		return c
	}
	c.Slices, c.Small, c.High, c.Layers = 1, false, 0, c.Layers+c.Blocks
	for c.Channels = 1; c.Parameters() < size; c.Channels++ {
	}
	return c
}
