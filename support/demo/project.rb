# frozen_string_literal: true

require "fileutils"
require_relative "../../spec/support/servers/process"

# The little application of the demo: a Gemfile, a configuration of mail_room, a worker; and the two processes that an
# operator would start in it.
class Project
  SOURCES = File.expand_path("project", __dir__)
  FILES = %w[Gemfile config/mail_room.yml app/email_receiver_worker.rb].freeze

  attr_reader :folder

  # @param folder [String]
  # @param env [Hash{String => String}] where the gem, the mailbox and Redis are
  def initialize(folder, env)
    @folder = folder
    @env = env.merge("BUNDLE_GEMFILE" => File.join(folder, "Gemfile"), "DEMO_LOG" => log("mail_room.json"))
  end

  # Everything anew: what an earlier run left would mix with what this one says.
  def write
    FileUtils.rm_rf(@folder)
    FileUtils.mkdir_p(File.join(@folder, "log"))
    FILES.each do |file|
      FileUtils.mkdir_p(File.dirname(File.join(@folder, file)))
      FileUtils.cp(File.join(SOURCES, file), File.join(@folder, file))
    end
  end

  def mail_room_command
    %w[bundle exec mail_room -c config/mail_room.yml]
  end

  def sidekiq_command
    %w[bundle exec sidekiq -r ./app/email_receiver_worker.rb -q default -c 2]
  end

  # @return [Servers::Process] not started yet
  def mail_room
    process(mail_room_command, "mail_room.out")
  end

  # @return [Servers::Process] not started yet
  def sidekiq
    process(sidekiq_command, "sidekiq.out")
  end

  # @return [String] path of a log file
  def log(name)
    File.join(@folder, "log", name)
  end

  private

  def process(command, output)
    Servers::Process.new(*command, output: log(output), env: @env, chdir: @folder)
  end
end
