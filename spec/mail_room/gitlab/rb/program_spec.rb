# frozen_string_literal: true

require "tmpdir"

RSpec.describe MailRoom::GitLab::Rb::Program do
  around { |example| Dir.mktmpdir { |folder| (@path = File.join(folder, "gitlab.rb")) && example.run } }

  attr_reader :path

  def attributes(text)
    File.write(path, text)
    described_class.new(path).attributes
  end

  def message(text)
    attributes(text)
    nil
  rescue MailRoom::ConfigurationError => error
    [error.message, error.cause]
  end

  it "sets what gitlab.rb sets, and takes every other call" do
    set = attributes(<<~RUBY)
      ## Comments, and what administrators have in the file
      external_url 'https://gitlab.example.com'
      roles ['redis_sentinel_role', 'application_role']
      git_data_dirs({ "default" => { "path" => "/mnt/nfs" } })
      letsencrypt['enable'] = true
      nginx['custom']['deep'] = { 'a' => 1 }
      gitlab_rails['env'] = { "http_proxy" => ENV["NOT_SET"].to_s }
      gitlab_rails[:smtp_port] = 465 unless gitlab_rails['smtp_enable'] == false
      postgresql['shared_buffers'] = "\#{256 * 2}MB"
      3.times { |n| sidekiq["queue_\#{n}"] = n }
      registry_external_url nil
      unheard_of 1, two: 2 do |three|
        three
      end
    RUBY

    expect(set).to include(
      "external_url" => "https://gitlab.example.com", "roles" => %w[redis_sentinel_role application_role],
      "letsencrypt" => { "enable" => true }, "nginx" => { "custom" => { "deep" => { "a" => 1 } } },
      "postgresql" => { "shared_buffers" => "512MB" }, "sidekiq" => { "queue_0" => 0, "queue_1" => 1, "queue_2" => 2 }
    )
    expect(set["gitlab_rails"]["smtp_port"]).to eq(465)
  end

  it "knows of the machine what is wanted most, and takes lines about the rest that have nothing to do with mail" do
    set = attributes(<<~RUBY)
      external_url "https://\#{node['hostname']}"
      unicorn['worker_processes'] = [2, node['cpu']['total'].to_i].max
      puma['workers'] = node['memory']['total'].to_i / 1024 + 1 if node['x'] > 2
      puma['threads'] = [4, 2 * node.dig('x', 'y').sub('kB', '')].min
      nginx['listen_addresses'] = [node['ipaddress'], "\#{node['network']}"].flatten
    RUBY

    expect(set).to include("external_url" => "https://#{Socket.gethostname[/\A[^.]+/]}",
                           "unicorn" => { "worker_processes" => [2, Etc.nprocessors].max },
                           "puma" => include("workers"))
    expect(attributes("a node['fqdn'].length")["a"]).to be_positive
  end

  it "has the libraries that Chef has, and none of this gem's constants" do
    set = attributes(<<~RUBY)
      a SecureRandom.hex(1).size + Pathname.new("a").to_s.size + Time.parse("2020-01-01").year
      b [Socket, Net::HTTP, URI].size
      c %i[Section Program ConfigurationError].map { |name| eval(name.to_s) rescue "not there" }
      d [self].flatten.size
      Gitlab['mailroom']['enable'] = true
    RUBY

    expect(set).to eq("a" => 2023, "b" => 3, "c" => ["not there"] * 3, "d" => 1, "mailroom" => { "enable" => true })
  end

  it "says what to do about a program that needs Chef" do
    expect(message("\nChef::Config").first)
      .to start_with("Ruby: RuntimeError: Chef is only there within gitlab-ctl; take the gitlab.yml that ")
  end

  it "may begin with the mark of an editor, and another program need not be UTF-8" do
    File.binwrite("#{path}.more.rb", "\uFEFFmore 1 # \xFC".b)
    expect(attributes("\uFEFFfrom_file '#{path}.more.rb'")).to eq("more" => 1)
  end

  it "may be written into a variable, as for GitLab's container" do
    stub_const("ENV", ENV.to_h.merge("GITLAB_OMNIBUS_CONFIG" => "external_url 'http://a'; mailroom['enable'] = true"))

    expect(attributes('eval ENV["GITLAB_OMNIBUS_CONFIG"].to_s'))
      .to eq("external_url" => "http://a", "mailroom" => { "enable" => true })
  end

  it "may be in several files, and read secrets out of others" do
    Dir.chdir(File.dirname(path)) do
      File.write("more.rb", "mailroom['log_directory'] = __FILE__")
      File.write("password", "hunter2\n")
      set = attributes("from_file File.join(__dir__, 'more.rb')\nredis['password'] = File.read('password').strip")

      expect(set).to eq("mailroom" => { "log_directory" => File.join(File.dirname(path), "more.rb") },
                        "redis" => { "password" => "hunter2" })
    end
  end

  it "is read as UTF-8 in any locale" do
    expect(attributes("user['name'] = 'gr\u00FCn'")["user"]["name"]).to eq("gr\u00FCn")
  end

  { "\n'hunter2'.foo" => "Ruby: NoMethodError: undefined method :foo at line 2",
    "Nothing::Here" => "Ruby: NameError: undefined name :Nothing at line 1",
    "\n\nfoo['a'] = Integer('hunter2')" => "Ruby: ArgumentError at line 3",
    "a = [1\n'hunter2 " => /\ARuby: SyntaxError at line \d\z/,
    "\nexit" => "Ruby: ends the program (exit) at line 2",
    "abort" => "Ruby: ends the program (exit) at line 1",
    "raise 'set the password'" => "Ruby: RuntimeError: set the password at line 1",
    "from_file '/no/such.rb'" => %r{\ARuby: Errno::ENOENT: .*/no/such\.rb at line 1 in .*template\.rb:\d+\z} }
    .each do |text, problem|
      it "tells what is wrong with #{text.inspect}, and where, without quoting values" do
        told, cause = message(text)

        expect(told).to match(problem)
        expect(told).not_to include("hunter2")
        expect(cause).to be_nil # its message would be printed along
      end
    end

  it "tells in which file another was wrong" do
    File.write("#{path}.more.rb", "\nfoo['a'] = 1 / 0")
    expect(message("from_file '#{path}.more.rb'").first)
      .to eq("Ruby: ZeroDivisionError at line 1 in #{path}.more.rb:2")
  end

  it "has its prints on standard error, beside what programs read" do
    expect { expect { attributes("puts 'a word'") }.to output("a word\n").to_stderr }.not_to output.to_stdout
  end

  it "tells when it is not there" do
    expect { described_class.new(path) }
      .to raise_error(MailRoom::ConfigurationError, "cannot be read: No such file or directory")
  end
end
