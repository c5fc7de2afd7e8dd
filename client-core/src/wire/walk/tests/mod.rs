mod honest;
mod people;
