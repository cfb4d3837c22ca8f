# frozen_string_literal: true

require "fileutils"
require "open3"
require "rbconfig"

# A folder with a Rakefile, in which rake runs for real, without our bundle.
class RakeProject
  ROOT = File.expand_path("../..", __dir__)

  # What says where GitLab's files are and how they are read.
  SETTINGS = %w[EDITOR RAILS_ENV RACK_ENV RAILS_ENVIRONMENT MAIL_ROOM_GITLAB_CONFIG_FILE
                MAIL_ROOM_GITLAB_SECRETS_FILE].freeze

  # @return [String]
  attr_reader :folder

  # @param folder [String]
  # @param rakefile [String]
  def initialize(folder, rakefile = "require 'mail_room/tasks'\n")
    @folder = folder
    write("Rakefile", rakefile)
  end

  # @return [String] path of the file
  def write(name, text)
    path = File.join(folder, name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
    path
  end

  # @return [Array(String, String, Integer)] output, errors, status
  def rake(*words, input: "")
    unset = [*ENV.keys.grep(/\A(?:BUNDLE|BUNDLER|GEM|RUBY)/), *SETTINGS].to_h { |name| [name, nil] }
    output, errors, status = Open3.capture3(unset, RbConfig.ruby, "-I#{ROOT}/lib", "-S", "rake", *words,
                                            stdin_data: input, chdir: folder)
    [output, errors, status.exitstatus]
  end
end
