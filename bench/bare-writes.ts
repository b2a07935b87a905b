import { createServer, type Socket } from 'node:net';

/**
 * What this machine asks for writing one buffer to each of many sockets, with nothing above the socket: the floor under any fan-out that
 * writes once a socket. Prints `port N`, waits until as many sockets are there as it was told, writes, and prints `us N`.
 */
const socketCount = Number(process.argv[2]);
const sizeBytes = Number(process.argv[3]);
const rounds = 300;

const sockets: Socket[] = [];
const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => {});
  sockets.push(socket);
  if (sockets.length === socketCount) void measure();
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  console.log(`port ${address.port}`);
});

async function measure(): Promise<void> {
  const buffer = Buffer.alloc(sizeBytes, 65);
  const writeAll = async (): Promise<void> => {
    for (const socket of sockets) socket.write(buffer);
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  for (let round = 0; round < 30; round++) await writeAll();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) await writeAll();
  const { user, system } = process.cpuUsage(before);
  console.log(`us ${(user + system) / rounds / socketCount}`);
  process.exit(0);
}
