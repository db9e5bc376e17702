//! Checksums that issuers put into credentials.

/// CRC-32 of ISO 3309 and RFC 1952, "CRC-32/ISO-HDLC" in the catalogue of parametrised algorithms.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ if sum & 1 == 1 { 0xEDB8_8320 } else { 0 };
        }
    }
    !sum
}

/// CRC-16/XMODEM: polynomial 0x1021, begins with zero.
pub(super) fn crc16(bytes: &[u8]) -> u16 {
    let mut sum = 0u16;
    for byte in bytes {
        sum ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            sum = (sum << 1) ^ if sum & 0x8000 == 0 { 0 } else { 0x1021 };
        }
    }
    sum
}

/// CRC-24 of OpenPGP (RFC 9580, 6.1).
pub(super) fn crc24(bytes: &[u8]) -> u32 {
    let mut sum = 0x00B7_04CE;
    for byte in bytes {
        sum ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            sum <<= 1;
            if sum & 0x0100_0000 != 0 {
                sum ^= 0x0186_4CFB;
            }
        }
    }
    sum
}

/// Marvin32, as .NET hashes strings (`System.Marvin`), its two halves folded into one.
pub(super) fn marvin32(bytes: &[u8], seed: u64) -> u32 {
    let (mut low, mut high) = (seed as u32, (seed >> 32) as u32);
    let mut mix = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
        low ^ high
    };
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        mix(u32::from_le_bytes(*word));
    }
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    mix(u32::from_le_bytes(last));
    mix(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of parametrised CRC algorithms.
    #[test]
    fn the_check_values_come_out() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(crc24(b"123456789"), 0x21_CF02);
    }

    /// Vectors of .NET's own tests, of which the two halves are folded here.
    #[test]
    fn marvin_gives_what_dotnet_gives() {
        const SEED: u64 = 0x004F_B61A_001B_DBCC;
        for (bytes, whole) in [
            (&[][..], 0x30ED_35C1_00CD_3C7D_u64),
            (&[0xAF], 0x48E7_3FC7_7D75_DDC1),
            (&[0xE7, 0x0F], 0xB5F6_E1FC_485D_BFF8),
            (&[0x37, 0xF4, 0x95], 0xF0B0_7C78_9B8C_F7E8),
            (&[0x86, 0x42, 0xDC, 0x59], 0x7008_F2E8_7E9C_F556),
            (&[0x15, 0x3F, 0xB7, 0x98, 0x26], 0xE6C0_8C6D_A2AF_A997),
        ] {
            assert_eq!(marvin32(bytes, SEED), (whole >> 32) as u32 ^ whole as u32, "{bytes:x?}");
        }
    }
}
