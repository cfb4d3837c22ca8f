# frozen_string_literal: true

require "socket"

# A server on a free port that answers each line as the block says: one that repeats what it was sent, say.
class RepeatingServer
  # @param greeting [String] said first
  # @yieldparam line [String] without its end
  # @yieldreturn [String, nil] the answer; nil hangs up
  def initialize(greeting = "", &block)
    @greeting = greeting
    @answer = block
    @server = TCPServer.new("127.0.0.1", 0)
    @thread = Thread.new { loop { serve(@server.accept) } }
    @thread.report_on_exception = false
  end

  def port
    @server.addr[1]
  end

  def remove
    @thread.kill.join
    @server.close
  end

  private

  def serve(client)
    client.write(@greeting)
    while (line = client.gets(chomp: true))
      answer = @answer.call(line)
      break client.close unless answer

      client.write(answer)
    end
  rescue SystemCallError, IOError
    nil
  end
end
