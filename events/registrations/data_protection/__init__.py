"""The desk of whoever looks after data protection: requests, holds, complaints, certificates."""
