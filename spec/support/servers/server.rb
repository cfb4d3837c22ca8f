# frozen_string_literal: true

require_relative "folder"
require_relative "ports"
require_relative "process"

module Servers
  # What all servers can do. A server itself says how it starts: it sets @folder, and its start sets @process.
  class Server
    # Returns when every one of its processes has gone. Settings and what lies on disk stay, for another start.
    def stop
      @process&.stop
      @process = nil
    end

    # The same ports and settings.
    def restart
      stop
      start
    end

    # Ends it at once, and takes all data away.
    def remove
      @process&.kill
      @process = nil
      @folder.remove
    end

    # Freezes all of it: connections stay open, new ones are taken by the kernel, and nobody ever answers.
    def pause
      @process.pause
    end

    def resume
      @process.resume
    end
  end
end
