# frozen_string_literal: true

require "fileutils"
require "mail_room/tasks/application"
require "tmpdir"

RSpec.describe MailRoom::Tasks::Application do
  names = %w[RAILS_ENV RACK_ENV MAIL_ROOM_GITLAB_CONFIG_FILE]

  around do |example|
    before = names.to_h { |name| [name, ENV.fetch(name, nil)] }
    Dir.mktmpdir do |folder|
      @root = folder
      ENV.update(names.to_h { |name| [name, nil] })
      example.run
    ensure
      ENV.update(before)
    end
  end

  attr_reader :root

  let(:application) { described_class.new(root) }

  def put(name, text = "")
    path = File.join(root, name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
    path
  end

  it "has its mailboxes in config/mail_room.yml, or else in config/gitlab.yml" do
    expect(application.configuration).to eq("#{root}/config/gitlab.yml")

    path = put("config/mail_room.yml")
    expect(application).to have_attributes(configuration: path, settings: "#{root}/config/gitlab.yml")
  end

  it "has its settings where the environment says it" do
    ENV["MAIL_ROOM_GITLAB_CONFIG_FILE"] = "other.yml"
    expect(application.settings).to eq("#{root}/other.yml")

    ENV["MAIL_ROOM_GITLAB_CONFIG_FILE"] = "/etc/gitlab/gitlab.yml"
    expect(application.settings).to eq("/etc/gitlab/gitlab.yml")
  end

  it "knows which mailboxes are enabled, also without an address" do
    expect(application).to be_enabled("incoming_email")

    put("config/gitlab.yml", "production:\n  incoming_email: {enabled: true}\n")
    expect(application).to be_enabled("incoming_email")
    expect(application).not_to be_enabled("service_desk_email")
  end

  it "names the settings that cannot be read" do
    path = put("config/gitlab.yml", "production: hunter2\n")

    %i[enabled? encrypted_file].each do |method|
      expect { described_class.new(root).public_send(method, "incoming_email") }
        .to raise_error(MailRoom::ConfigurationError, /\A#{path}: (?!.*hunter2)/)
    end
  end

  it "knows production by the environment, or by the settings" do
    expect(application).not_to be_production

    put("config/gitlab.yml", "production: {}\n")
    expect(described_class.new(root)).to be_production
    ENV["RAILS_ENV"] = "test"
    expect(described_class.new(root)).not_to be_production
  end

  it "is that of the Linux package by its folder or its settings" do
    expect([application, described_class.new("/opt/gitlab/embedded/service/gitlab-rails")].map(&:linux_package?))
      .to eq([false, true])
    ENV["MAIL_ROOM_GITLAB_CONFIG_FILE"] = "/etc/gitlab/gitlab.rb"
    expect(application).to be_linux_package
  end

  it "is in the folder of rake without Rails" do
    expect(described_class.new.root).to eq(Dir.pwd)
  end
end
