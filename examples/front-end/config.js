// Where the site is whose API is shown here. It names this page's origin in API_ORIGINS.
export const API = "http://127.0.0.1:8000";
