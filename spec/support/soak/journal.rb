# frozen_string_literal: true

require "fileutils"

module Soak
  # What was done when, for whoever has to find out why something went wrong. The times are as in mail_room's logs.
  class Journal
    # @param folder [String] emptied at first
    def initialize(folder)
      FileUtils.rm_rf(folder)
      FileUtils.mkdir_p(folder)
      @folder = folder
      @file = File.open(File.join(folder, "events.log"), "w")
    end

    attr_reader :folder

    def note(*words)
      @file.puts([Time.now.utc.strftime("%FT%T.%L"), *words].join(" "))
    end

    # Copies files of a process.
    # @param name [String] of the process
    # @param files [Array<String>]
    def keep(name, files)
      files.each { |file| FileUtils.cp(file, File.join(@folder, "#{name}-#{File.basename(file)}")) }
    end

    def close
      @file.close
    end
  end
end
