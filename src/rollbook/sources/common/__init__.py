"""What platforms share: reading payloads, proving signatures, finding what users configured."""
