"""Which certificates cover a product: pure, data in and data out. Offers and deployed devices are held against certificates alike."""
