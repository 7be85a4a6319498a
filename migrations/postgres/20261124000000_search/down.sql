DROP TABLE user_search_state;
DROP TABLE user_search;
