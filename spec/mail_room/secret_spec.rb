# frozen_string_literal: true

require "open3"
require "rbconfig"
require "tmpdir"

RSpec.describe MailRoom::Secret do
  around do |example|
    Dir.mktmpdir do |folder|
      @folder = File.realpath(folder)
      example.run
    end
  end

  attr_reader :folder

  def put(name, text)
    path = File.join(folder, name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
    path
  end

  def gitlab
    put("shared/encrypted_settings/.keep", "")
    put("config/secrets.yml", "production:\n  encrypted_settings_key_base: 0123456789abcdef\n")
    put("config/gitlab.yml", <<~YAML)
      production:
        incoming_email: {enabled: true, address: "incoming+%{key}@example.com"}
        service_desk_email: {enabled: false, encrypted_secret_file: #{folder}/desk.enc}
    YAML
  end

  def secret(*words, input: "", **env)
    root = File.expand_path("../..", __dir__)
    env = { "EDITOR" => nil, "RAILS_ENV" => nil, "RACK_ENV" => nil, "MAIL_ROOM_GITLAB_CONFIG_FILE" => nil }.merge(env)
    output, errors, status = Open3.capture3(env, RbConfig.ruby, "-I#{root}/lib", "#{root}/exe/mail_room", "secret",
                                            *words, stdin_data: input, chdir: folder)
    [output, errors, status.exitstatus]
  end

  it "writes, edits and shows the file of config/gitlab.yml" do
    gitlab
    expect(secret("write", input: "user: me\n")).to eq(["File encrypted and saved.\n", "", 0])
    expect(secret("edit", "EDITOR" => "sed -i s/me/you/")).to eq(["File encrypted and saved.\n", "", 0])
    expect(secret("show")).to eq(["user: you\n", "", 0])
    expect(Dir.children("#{folder}/shared/encrypted_settings")).to include("incoming_email.yaml.enc")
  end

  it "finds gitlab.yml by the environment and by -c, and the file of Service Desk" do
    path = gitlab
    FileUtils.mv(File.dirname(path), "#{folder}/etc")
    path = "#{folder}/etc/gitlab.yml"

    secret("write", "--service-desk", input: "user: desk\n", "MAIL_ROOM_GITLAB_CONFIG_FILE" => path)
    expect(secret("show", "--service-desk", "-c", path)).to eq(["user: desk\n", "", 0])
    expect(File).to exist("#{folder}/desk.enc")
    expect(secret("show")).to eq(["", "mail_room: config/gitlab.yml: cannot be read: No such file or directory\n", 1])
  end

  it "takes the settings of the Linux package" do
    put("gitlab-secrets.json", '{"gitlab_rails": {"encrypted_settings_key_base": "0123456789abcdef"}}')
    path = put("gitlab.rb", "gitlab_rails['encrypted_settings_path'] = '#{folder}'\n")

    secret("write", "-c", path, input: "user: me\n")
    expect(secret("show", "-c", path)).to eq(["user: me\n", "", 0])
    expect(File).to exist("#{folder}/incoming_email.yaml.enc")
  end

  it "says where the key belongs when there is none" do
    yml = gitlab
    secrets = put("config/secrets.yml", "production: {}\n")
    rb = put("gitlab.rb", "gitlab_rails['encrypted_settings_path'] = '#{folder}'\n")
    { yml => "production in #{File.realpath(secrets)}",
      rb => "gitlab_rails in #{File.realpath(folder)}/gitlab-secrets.json" }.each do |path, place|
      missing = "Missing encryption key encrypted_settings_key_base (#{place}).\n"
      expect(secret("edit", "-c", path)).to eq(["", missing, 1])
    end
  end

  it "needs no GitLab" do
    file = ["--file", "#{folder}/file.enc"]
    keys = [put("new.key", "fedcba9876543210\n"), put("old.key", "0123456789abcdef")]
    old = [*file, "--key-file", keys.last]
    expect(secret("write", *old, input: "user: me\n").last).to eq(0)
    expect(secret("show", *file, "--key-file", keys.first).last).to eq(1)
    expect(secret("show", *file, *keys.flat_map { |key| ["--key-file", key] })).to eq(["user: me\n", "", 0])
  end

  it "names itself in its hints, and ends with status 1" do
    path = gitlab
    file = "#{folder}/shared/encrypted_settings/incoming_email.yaml.enc"
    expect(secret("show", "-c", path))
      .to eq(["", "File '#{file}' does not exist. Use `mail_room secret edit -c #{path}` to change that.\n", 1])
    expect(secret("edit", "--service-desk"))
      .to eq(["", "No $EDITOR specified to open file. Please provide one when running the command:\n" \
                  "EDITOR=vim mail_room secret edit --service-desk\n", 1])
  end

  it "says what it needs" do
    { [] => "write one of write, edit, show", ["list"] => 'write one of write, edit, show, not "list"',
      %w[show it] => '"it" is no option', %w[show --file x] => "--file needs --key-file, and the other way round",
      %w[show --key-file x] => "--file needs --key-file, and the other way round",
      %w[show -c x --file x --key-file x] => "-c is of no use beside --file",
      %w[show --nothing] => "invalid option: --nothing; see mail_room secret --help" }.each do |words, problem|
      expect(secret(*words)).to eq(["", "mail_room: secret: #{problem}\n", 1])
    end
  end

  it "shows its usage" do
    expect(secret("--help")).to match([/^Usage: mail_room secret write \[-c FILE\].*--service-desk/m, "", 0])
  end
end
