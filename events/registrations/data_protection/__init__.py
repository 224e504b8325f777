"""The data protection screens: requests, holds, complaints, certificates."""
