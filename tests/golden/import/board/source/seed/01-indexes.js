db = db.getSiblingDB("board");
db.cards.createIndex({ column: 1, position: 1 });
